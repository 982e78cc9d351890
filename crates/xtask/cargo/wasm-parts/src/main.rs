//! Splits a WebAssembly binary and writes the glue of its main file: `wasm-parts IN FOLDER NAME`.
//!
//! IN is linked with `--emit-relocs` and has its names. FOLDER gets what wasm-bindgen writes for the main file,
//! `NAME.js` and `NAME_bg.wasm`, one file for each part and each set of parts that share something, and `stub.wasm`: it imports memory, table and globals as these
//! files do, from a module `main`, and exports them, so that `wasm-merge` joins files that import the same. For each part a line is printed:
//! its name, then the stems of its files, those that it shares first.
//!
//! `wasm-parts --whole IN FOLDER NAME` splits nothing and only writes the glue.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportKind, ExportSection, ImportSection, Module};
use wasmparser::{Parser, Payload, TypeRef};

/// Changed with this file and with the splitter: by it `xtask` knows whether the program is the right one.
const VERSION: &str = "2";

/// The module from which the files import what the main one exports.
const MAIN: &str = "__wasm_split";
/// The same, for what is merged: a module cannot be merged with one that it imports from.
const MERGED: &str = "main";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [flag] if flag == "--version" => {
            println!("wasm-parts {}-{VERSION}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        [flag, binary, folder, name] if flag == "--whole" => bind(Path::new(binary), Path::new(folder), name),
        [binary, folder, name] => split(Path::new(binary), Path::new(folder), name),
        _ => Err("usage: wasm-parts [--whole] IN FOLDER NAME".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn split(binary: &Path, folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let input = fs::read(binary)?;
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    let made = wasm_split_cli_support::transform(options)?;
    bind(&main, folder, name)?;
    let mut shared = BTreeMap::new();
    for file in &made.split_modules {
        note_shared(&fs::read(file)?, &mut shared)?;
    }
    fs::write(folder.join("stub.wasm"), stub(&shared)?)?;
    for (part, files) in made.prefetch_map.into_iter().collect::<BTreeMap<_, _>>() {
        println!("{part} {}", files.join(" "));
    }
    Ok(())
}

/// What `wasm-bindgen --target web --no-typescript --keep-lld-exports` does.
fn bind(binary: &Path, folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.web(true)?.input_path(binary).out_name(name).typescript(false).keep_lld_exports(true);
    bindgen.generate(folder).map_err(Into::into)
}

/// Notes what a file imports from the main one and what is no function, by its name; of memories and tables the
/// largest that a file asks for.
fn note_shared(file: &[u8], shared: &mut BTreeMap<String, TypeRef>) -> Result<(), Box<dyn Error>> {
    for payload in Parser::new(0).parse_all(file) {
        let Payload::ImportSection(imports) = payload? else { continue };
        for import in imports.into_imports() {
            let import = import?;
            if import.module != MAIN || matches!(import.ty, TypeRef::Func(_)) {
                continue;
            }
            let known = shared.entry(import.name.to_owned()).or_insert(import.ty);
            match (known, import.ty) {
                (TypeRef::Memory(known), TypeRef::Memory(new)) => known.initial = known.initial.max(new.initial),
                (TypeRef::Table(known), TypeRef::Table(new)) => known.initial = known.initial.max(new.initial),
                _ => {}
            }
        }
    }
    Ok(())
}

fn stub(shared: &BTreeMap<String, TypeRef>) -> Result<Vec<u8>, Box<dyn Error>> {
    let (mut imports, mut exports) = (ImportSection::new(), ExportSection::new());
    let (mut memories, mut tables, mut globals) = (0, 0, 0);
    for (name, ty) in shared {
        let (kind, count) = match ty {
            TypeRef::Memory(_) => (ExportKind::Memory, &mut memories),
            TypeRef::Table(_) => (ExportKind::Table, &mut tables),
            TypeRef::Global(_) => (ExportKind::Global, &mut globals),
            _ => return Err(format!("{name} is shared, and neither memory, table nor global").into()),
        };
        imports.import(MERGED, name, RoundtripReencoder.entity_type(*ty)?);
        exports.export(name, kind, *count);
        *count += 1;
    }
    let mut stub = Module::new();
    stub.section(&imports).section(&exports);
    Ok(stub.finish())
}
