//! Reads function sizes from a WebAssembly binary and sums them by crate, and shortens the names of imports.
//!
//! It is about a hundred lines for a stable format; a parser crate would add compile time to every
//! `cargo xtask serve`, although only `size` needs it.

use std::collections::BTreeMap;

/// The bytes of code of each crate, by the name of the crate.
pub(crate) fn weigh(binary: &[u8]) -> Option<BTreeMap<String, usize>> {
    let mut reader = Reader(binary);
    if reader.take(8)? != b"\0asm\x01\0\0\0" {
        return None;
    }
    let (mut imported, mut bodies, mut names) = (0, Vec::new(), BTreeMap::new());
    while !reader.0.is_empty() {
        let id = reader.byte()?;
        let size = reader.number()?;
        let mut section = Reader(reader.take(size)?);
        match id {
            0 if section.bytes()? == b"name" => names = section.function_names()?,
            2 => imported = section.imported_functions()?,
            10 => {
                for _ in 0..section.number()? {
                    bodies.push(section.bytes()?.len());
                }
            }
            _ => {}
        }
    }
    let mut weights = BTreeMap::new();
    for (at, size) in bodies.into_iter().enumerate() {
        let name = names.get(&(imported + at)).map_or("(no name)", |name| crate_of(name));
        *weights.entry(name.to_owned()).or_default() += size;
    }
    Some(weights)
}

/// A name of an import, and the short one in its place.
pub(crate) type Renamed = (String, String);

/// The same binary with short names for what it imports from a module, and these.
pub(crate) fn with_short_imports(binary: &[u8], module: &str) -> Option<(Vec<u8>, Vec<Renamed>)> {
    const IMPORTS: u8 = 2;
    let mut reader = Reader(binary);
    let mut written = reader.take(8)?.to_vec();
    let mut names = Vec::new();
    while !reader.0.is_empty() {
        let before = reader.0;
        let id = reader.byte()?;
        let mut section = Reader(reader.bytes()?);
        if id != IMPORTS {
            written.extend(&before[..before.len() - reader.0.len()]);
            continue;
        }
        let count = section.number()?;
        let mut body = Vec::new();
        write_number(&mut body, count);
        for _ in 0..count {
            let (from, name) = (section.bytes()?, std::str::from_utf8(section.bytes()?).ok()?);
            let what = section.0;
            section.import_type()?;
            let what = &what[..what.len() - section.0.len()];
            write_bytes(&mut body, from);
            if from == module.as_bytes() {
                let short = short_name(names.len());
                write_bytes(&mut body, short.as_bytes());
                names.push((name.to_owned(), short));
            } else {
                write_bytes(&mut body, name.as_bytes());
            }
            body.extend(what);
        }
        written.push(IMPORTS);
        write_bytes(&mut written, &body);
    }
    Some((written, names))
}

/// `a` to `Z`, then `aa`, `ba` and so on: 52 letters.
fn short_name(number: usize) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::from(char::from(LETTERS[number % LETTERS.len()]));
    if let Some(rest) = (number / LETTERS.len()).checked_sub(1) {
        name.push_str(&short_name(rest));
    }
    name
}

fn write_number(to: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return to.push(low);
        }
        to.push(low | 0x80);
    }
}

fn write_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    write_number(to, bytes.len());
    to.extend(bytes);
}

/// The kind of an imported function.
const FUNCTION: u8 = 0;

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    /// An unsigned number of seven bits a byte, the lowest first.
    fn number(&mut self) -> Option<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    /// Bytes after their count.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let size = self.number()?;
        self.take(size)
    }

    fn function_names(&mut self) -> Option<BTreeMap<usize, &'a str>> {
        const FUNCTIONS: u8 = 1;
        let mut names = BTreeMap::new();
        while !self.0.is_empty() {
            let id = self.byte()?;
            let mut part = Reader(self.bytes()?);
            if id != FUNCTIONS {
                continue;
            }
            for _ in 0..part.number()? {
                let index = part.number()?;
                names.insert(index, std::str::from_utf8(part.bytes()?).ok()?);
            }
        }
        Some(names)
    }

    /// Imported functions are numbered before those that have code here.
    fn imported_functions(&mut self) -> Option<usize> {
        let mut functions = 0;
        for _ in 0..self.number()? {
            self.bytes()?;
            self.bytes()?;
            if self.import_type()? == FUNCTION {
                functions += 1;
            }
        }
        Some(functions)
    }

    /// Reads what kind of import it is, and of which type; answers the kind.
    fn import_type(&mut self) -> Option<u8> {
        let kind = self.byte()?;
        match kind {
            FUNCTION => _ = self.number()?,
            1 => {
                self.byte()?;
                self.limits()?;
            }
            2 => self.limits()?,
            3 => {
                self.byte()?;
                self.byte()?;
            }
            _ => return None,
        }
        Some(kind)
    }

    fn limits(&mut self) -> Option<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Some(())
    }
}

/// The crate of a name as wasm-bindgen writes them: `mycrate::run`, `core[1f2e]::fmt::write`,
/// `<&mut mycrate::Type as core::fmt::Debug>::fmt`. Of `<T as Trait>::f` it is the crate of
/// `T`, of a generic function the crate that defines it, whoever uses it.
fn crate_of(name: &str) -> &str {
    let paths = name.match_indices("::").map(|(at, _)| {
        let path = &name[..at];
        let path =
            path.strip_suffix(']').and_then(|path| path.rsplit_once('[')).map_or(path, |(path, _)| path);
        path.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    });
    paths.into_iter().find(|path| !path.is_empty()).unwrap_or("(glue and C)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_read_from_names() {
        for (symbol, name) in [
            ("mycrate::run::h4b8a6189c421e937", "mycrate"),
            ("<mycrate[1f2e]::inner::Type<core[2a3b]::fmt::Error>>::new", "mycrate"),
            ("<&mut mycrate::Type as core::fmt::Debug>::fmt", "mycrate"),
            ("<T as core::convert::Into<U>>::into", "core"),
            ("memcpy", "(glue and C)"),
        ] {
            assert_eq!(crate_of(symbol), name, "{symbol}");
        }
    }

    #[test]
    fn imports_get_short_names() {
        // From `x` a function `long`, from `y` one that keeps its name; then a section of three bytes.
        let module = |name: &[u8]| {
            let mut imports = vec![2];
            for (from, name) in [(b"x", name), (b"y", &b"kept"[..])] {
                write_bytes(&mut imports, from);
                write_bytes(&mut imports, name);
                imports.extend(b"\0\0");
            }
            let mut binary = b"\0asm\x01\0\0\0\x02".to_vec();
            write_bytes(&mut binary, &imports);
            binary.extend(b"\x03\x03abc");
            binary
        };
        let (short, names) = with_short_imports(&module(b"long"), "x").expect("it is well formed");
        assert_eq!((short, names), (module(b"a"), vec![("long".to_owned(), "a".to_owned())]));
        let mut known: Vec<String> = (0..3000).map(short_name).collect();
        assert_eq!([&known[51], &known[52], &known[53], &known[104]], ["Z", "aa", "ba", "ab"]);
        known.sort();
        known.dedup();
        assert_eq!(known.len(), 3000, "no two are the same");
        let mut number = Vec::new();
        write_number(&mut number, 300);
        assert_eq!(Reader(&number).number(), Some(300));
    }

    #[test]
    fn a_small_module_is_weighed() {
        // One imported function, one function of four bytes named `mycrate::run`.
        let mut binary = b"\0asm\x01\0\0\0".to_vec();
        binary.extend(b"\x02\x07\x01\x01a\x01b\x00\x00");
        binary.extend(b"\x0a\x06\x01\x04\x00\x01\x01\x0b");
        binary.extend(b"\x00\x16\x04name\x01\x0f\x01\x01\x0cmycrate::run");
        let weights = weigh(&binary).expect("it is well formed");
        assert_eq!(weights.get("mycrate"), Some(&4));
        assert_eq!(weigh(b"not wasm"), None);
    }
}
