//! Why a module is refused, and why a guest ends.

use core::fmt;

/// What kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The bytes are not a module.
    Malformed = 1,
    /// The module breaks a rule of validation.
    Invalid,
    /// An import cannot be given.
    Unlinkable,
    /// Correct, perhaps, but beyond what this interpreter runs.
    Unsupported,
    /// More memory than there is, or than the caps allow.
    Memory,
}

macro_rules! reasons {
    ($($kind:ident { $($(#[$doc:meta])* $name:ident $text:literal)* })*) => {
        /// Why a module is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason { $($(#[doc = $text] $(#[$doc])* $name,)*)* }

        impl Reason {
            /// The kind of refusal.
            #[must_use]
            pub fn kind(self) -> Kind {
                match self { $($(Self::$name)|* => Kind::$kind,)* }
            }

            /// What is wrong, in words, without a full stop.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $($(Self::$name => $text,)*)* }
            }
        }
    };
}

reasons! {
    Malformed {
        NotWasm "it does not start like a WebAssembly 1 module"
        UnexpectedEnd "it ends inside an item"
        BadInteger "a number is too long or too large"
        BadUtf8 "a name is not UTF-8"
        BadSection "a section is unknown, repeated or out of order"
        SectionSize "a section or function is longer than its content"
        CountMismatch "two sections count the same things differently"
        BadType "a type is unknown"
        BadFlags "a flag or reserved byte is unknown"
        BadOpcode "an instruction is unknown"
    }
    Invalid {
        UnknownIndex "an index names nothing"
        TypeMismatch "types do not match"
        ImmutableGlobal "a constant global is written"
        BadAlignment "an alignment is larger than the access"
        BadLane "a lane is outside the vector"
        DuplicateExport "two exports have one name"
        NotConstant "an initial value is not a constant"
        UndeclaredReference "a function reference was not declared"
        BadSize "a memory or table has impossible limits"
        SeveralMemories "it has several memories"
        StartType "the start function has parameters or results"
    }
    Unlinkable {
        Imports "it has imports, and a guest gets none"
        UnknownImport "an import is not there"
        ImportType "an import has another type"
    }
    Unsupported {
        TooManyValues "a type has too many parameters or results"
        TooManyItems "it has too many types or exports"
        FrameTooLarge "a function has too many locals, operands or constants"
        NoVectors "it uses vectors, which this build leaves out"
    }
    Memory {
        TooManyPages "its memory starts with more pages than the cap"
        TooManyElements "a table starts with more elements than the cap"
        NoMemory "there is no more memory"
    }
}

/// A refused module: why, and the offset in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub reason: Reason,
    /// Byte of the module behind what was being read; 0 when it is about the module as a whole.
    pub offset: usize,
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self { reason, offset: 0 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the module cannot be run: {}", self.reason.text())?;
        if self.offset > 0 { write!(f, " (byte {:#x})", self.offset) } else { Ok(()) }
    }
}

impl core::error::Error for Error {}

macro_rules! traps {
    ($($name:ident $text:literal)*) => {
        /// Why a guest ended; the text of each is the specification's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Trap { $(#[doc = $text] $name,)* }

        impl Trap {
            /// The trap in the words of the specification, without a full stop.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

traps! {
    WrongUse "call with other numbers of arguments or results, or no call to resume"
    Unreachable "unreachable executed"
    DivideByZero "integer divide by zero"
    IntegerOverflow "integer overflow"
    BadConversion "invalid conversion to integer"
    MemoryOutOfBounds "out of bounds memory access"
    TableOutOfBounds "out of bounds table access"
    UndefinedElement "undefined element"
    UninitializedElement "uninitialized element"
    IndirectCallType "indirect call type mismatch"
    StackExhausted "call stack exhausted"
    StartOutOfFuel "the start function ran out of fuel"
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Trap {}
