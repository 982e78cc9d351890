//! `#[derive(FromJson)]`: reads a type from a `json::Json` by the names that serde's `Serialize` writes. It reads serde's
//! own attributes, so that a type has one set of names.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Error, Fields, LitStr, Result, Token, Variant};

/// Implements `json::FromJson`. It knows structs with named fields, `transparent` ones, and enums whose variants hold
/// nothing, one value, or named fields; of serde's attributes `rename`, `rename_all = "snake_case"`, `default`,
/// `other`, `transparent`; `skip_serializing_if` and `deny_unknown_fields` are about writing and about requests.
/// Anything else does not compile.
#[proc_macro_derive(FromJson, attributes(serde))]
pub fn from_json(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let implemented = syn::parse(input).and_then(|input: DeriveInput| implementation(&input));
    implemented.unwrap_or_else(Error::into_compile_error).into()
}

fn implementation(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    if let Some(generic) = input.generics.params.first() {
        return Err(Error::new_spanned(generic, "FromJson: no generic types"));
    }
    let known: &[&str] = match &input.data {
        Data::Enum(_) => &["rename_all", "deny_unknown_fields"],
        _ => &["transparent", "deny_unknown_fields"],
    };
    let attributes = Attributes::of(&input.attrs, known)?;
    let body = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if attributes.transparent && fields.unnamed.len() == 1 => {
                quote!(::json::FromJson::from_json(json).map(Self))
            }
            fields @ Fields::Named(_) => {
                let members = members(fields)?;
                // Without members, too, it has to be an object.
                quote!(match json {
                    ::json::Json::Object(_) => ::core::option::Option::Some(Self #members),
                    _ => ::core::option::Option::None,
                })
            }
            _ => return Err(Error::new_spanned(name, "FromJson: named fields, or one and `transparent`")),
        },
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| arm(variant, attributes.snake_case));
            let variants = variants.collect::<Result<Vec<_>>>()?;
            let (others, known): (Vec<_>, Vec<_>) =
                variants.into_iter().partition(|variant| variant.is_other);
            let (known, others) = (known.iter().map(|arm| &arm.code), others.iter().map(|arm| &arm.code));
            quote! {
                let (name, json) = json.variant()?;
                let _ = json;
                ::core::option::Option::Some(match name {
                    #(#known)*
                    #(#others)*
                    #[allow(unreachable_patterns, reason = "one variant may stand for all others")]
                    _ => return ::core::option::Option::None,
                })
            }
        }
        Data::Union(_) => return Err(Error::new_spanned(name, "FromJson: no unions")),
    };
    Ok(quote! {
        #[automatically_derived]
        impl ::json::FromJson for #name {
            fn from_json(json: &::json::Json) -> ::core::option::Option<Self> {
                #body
            }
        }
    })
}

/// One arm of the match on the variant's name.
struct Arm {
    is_other: bool,
    code: TokenStream,
}

fn arm(variant: &Variant, snake_case: bool) -> Result<Arm> {
    let name = &variant.ident;
    let attributes = Attributes::of(&variant.attrs, &["rename", "other"])?;
    let written = attributes.rename.unwrap_or_else(|| {
        let rust = name.unraw().to_string();
        if snake_case { in_snake_case(&rust) } else { rust }
    });
    if attributes.other {
        return Ok(Arm { is_other: true, code: quote!(_ => Self::#name,) });
    }
    let value = match &variant.fields {
        Fields::Unit => quote!(Self::#name),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            quote!(Self::#name(::json::FromJson::from_json(json)?))
        }
        fields @ Fields::Named(_) => {
            let members = members(fields)?;
            quote!(Self::#name #members)
        }
        Fields::Unnamed(_) => return Err(Error::new_spanned(name, "FromJson: one value, or named fields")),
    };
    Ok(Arm { is_other: false, code: quote!(#written => #value,) })
}

/// The named fields of a struct or a variant, each read from the member of its name.
fn members(fields: &Fields) -> Result<TokenStream> {
    let read = fields.iter().map(|field| {
        let attributes = Attributes::of(&field.attrs, &["rename", "default", "skip_serializing_if"])?;
        let name = &field.ident;
        let written =
            attributes.rename.or(name.as_ref().map(|name| name.unraw().to_string())).unwrap_or_default();
        Ok(if attributes.default {
            quote!(#name: json.member_or_default(#written)?)
        } else {
            quote!(#name: json.member(#written)?)
        })
    });
    let read = read.collect::<Result<Vec<_>>>()?;
    Ok(quote!({ #(#read),* }))
}

/// What serde's attributes say about names.
#[derive(Default)]
struct Attributes {
    rename: Option<String>,
    snake_case: bool,
    default: bool,
    other: bool,
    transparent: bool,
}

impl Attributes {
    /// Reads those that are allowed at this place.
    fn of(attributes: &[Attribute], allowed: &[&str]) -> Result<Self> {
        let mut known = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let is = |name: &str| meta.path.is_ident(name);
                let value = || meta.value().and_then(|value| value.parse::<LitStr>());
                if !allowed.iter().any(|name| is(name)) {
                    return Err(meta.error("FromJson does not know this attribute here"));
                }
                if is("default") {
                    if meta.input.peek(Token![=]) {
                        return Err(meta.error("FromJson: no default of its own"));
                    }
                    known.default = true;
                } else if is("other") {
                    known.other = true;
                } else if is("transparent") {
                    known.transparent = true;
                } else if is("rename") {
                    known.rename = Some(value()?.value());
                } else if is("rename_all") {
                    known.snake_case = value()?.value() == "snake_case";
                    if !known.snake_case {
                        return Err(meta.error("FromJson: only snake_case"));
                    }
                } else if is("skip_serializing_if") {
                    value()?;
                }
                Ok(())
            })?;
        }
        Ok(known)
    }
}

/// As serde writes it: `CoolingOff` is `cooling_off`.
fn in_snake_case(name: &str) -> String {
    let mut written = String::new();
    for (at, sign) in name.char_indices() {
        if sign.is_uppercase() && at > 0 {
            written.push('_');
        }
        written.extend(sign.to_lowercase());
    }
    written
}
