//! The description says what the parser does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::Value;
use solver_microkernel::native::RequestBuilder;
use solver_microkernel::request::{TYPE_ENUM, TYPE_F32S, TYPE_U64, TYPE_U64S};
use solver_microkernel::{DESCRIPTION, Instance, Operation, Status};

#[test]
fn every_described_parameter_is_taken_and_no_other() {
    let json: Value = serde_json::from_str(DESCRIPTION).unwrap();
    assert_eq!((&json["name"], &json["abi"]), (&"rvf-solver".into(), &1.into()));
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    let operations = [Operation::Knn, Operation::Distances, Operation::Normalize, Operation::Stats];
    for (operation, described) in operations.iter().zip(json["operations"].as_array().unwrap()) {
        assert_eq!(described["id"], operation.number());
        assert_eq!(described["name"], operation.name());
        let params = described["params"].as_array().unwrap();
        let takes_query = params.iter().any(|p| p["name"] == "query");
        for id in 1..=8u16 {
            let param = params.iter().find(|p| p["id"] == id);
            for (kind, name, value) in [
                (TYPE_U64, "u64", &1u64.to_le_bytes()[..]),
                (TYPE_ENUM, "enum", &[2, 0, 0, 0]),
                (TYPE_F32S, "f32[]", &[0; 4]),
                (TYPE_U64S, "u64[]", &[0; 8]),
            ] {
                let mut request = RequestBuilder::new(*operation);
                if takes_query && id != 1 {
                    request = request.f32s(1, &[0.0]);
                }
                let mut instance = Instance::new();
                assert_eq!(instance.open(&[]), Status::Done);
                let status = instance.begin(&request.raw(id, kind, value).build());
                let wanted =
                    if param.is_some_and(|p| p["type"] == name) { Status::Done } else { Status::Request };
                assert_eq!(status, wanted, "{} {id} {name}", operation.name());
            }
        }
    }
}
