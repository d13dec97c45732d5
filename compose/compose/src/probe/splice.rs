//! The functions by which `wasi:io/streams` defines `splice`, which a recording calls in its place.

use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Param, Resolve, Result_, Span, Type, TypeDef,
    TypeDefKind, TypeId, TypeOwner,
};

pub const SPLICE: &str = "[method]output-stream.splice";
pub const BLOCKING_SPLICE: &str = "[method]output-stream.blocking-splice";
pub const CHECK_WRITE: &str = "[method]output-stream.check-write";
pub const WRITE: &str = "[method]output-stream.write";
pub const BLOCKING_FLUSH: &str = "[method]output-stream.blocking-flush";
pub const READ: &str = "[method]input-stream.read";
pub const BLOCKING_READ: &str = "[method]input-stream.blocking-read";

/// Whether a function is called in the place of `splice`.
pub fn is_called(interface: &str, function: &str) -> bool {
    let called = [CHECK_WRITE, WRITE, BLOCKING_FLUSH, READ, BLOCKING_READ];
    interface.starts_with("wasi:io/streams@") && called.contains(&function)
}

/// Adds to `wasi:io/streams`, as far as an application imports it, what is called in the place of `splice`. Does nothing with
/// other interfaces, and where `splice` is not imported.
pub fn complete(resolve: &mut Resolve, interface: InterfaceId) {
    let name = resolve.id_of(interface).unwrap_or_default();
    if !name.starts_with("wasi:io/streams@") {
        return;
    }
    for function in missing(resolve, interface).unwrap_or_default() {
        let functions = &mut resolve.interfaces[interface].functions;
        if !functions.contains_key(&function.name) {
            functions.insert(function.name.clone(), function);
        }
    }
}

/// The functions, with the types of `splice`; `None` if there is no `splice`, or one with other types.
fn missing(resolve: &mut Resolve, interface: InterfaceId) -> Option<Vec<Function>> {
    let functions = &resolve.interfaces[interface].functions;
    let known = functions
        .get(SPLICE)
        .or_else(|| functions.get(BLOCKING_SPLICE))?;
    let [output, input, length] = known.params.as_slice() else {
        return None;
    };
    let (output, input, length) = (output.ty, input.ty, length.ty);
    let count = known.result?;
    let Type::Id(result) = count else {
        return None;
    };
    let TypeDefKind::Result(Result_ { err, .. }) = resolve.types[result].kind else {
        return None;
    };
    let (written, read) = (resource(resolve, output)?, resource(resolve, input)?);

    let bytes = ty(resolve, TypeDefKind::List(Type::U8));
    let no_result = ty(resolve, TypeDefKind::Result(Result_ { ok: None, err }));
    let ok = Some(bytes);
    let bytes_result = ty(resolve, TypeDefKind::Result(Result_ { ok, err }));
    let own = |ty| ("self", ty);
    Some(vec![
        method(CHECK_WRITE, written, &[own(output)], count),
        method(
            WRITE,
            written,
            &[own(output), ("contents", bytes)],
            no_result,
        ),
        method(BLOCKING_FLUSH, written, &[own(output)], no_result),
        method(READ, read, &[own(input), ("len", length)], bytes_result),
        method(
            BLOCKING_READ,
            read,
            &[own(input), ("len", length)],
            bytes_result,
        ),
    ])
}

/// The resource that is lent to a function.
fn resource(resolve: &Resolve, ty: Type) -> Option<TypeId> {
    let Type::Id(id) = ty else {
        return None;
    };
    match resolve.types[id].kind {
        TypeDefKind::Handle(Handle::Borrow(resource)) => Some(resource),
        _ => None,
    }
}

fn ty(resolve: &mut Resolve, kind: TypeDefKind) -> Type {
    Type::Id(resolve.types.alloc(TypeDef {
        name: None,
        kind,
        owner: TypeOwner::None,
        docs: Default::default(),
        stability: Default::default(),
        span: Span::default(),
        external_id: None,
    }))
}

fn method(name: &str, of: TypeId, parameters: &[(&str, Type)], result: Type) -> Function {
    let parameters = parameters.iter().map(|(name, ty)| Param {
        name: (*name).into(),
        ty: *ty,
        span: Span::default(),
    });
    Function {
        name: name.into(),
        kind: FunctionKind::Method(of),
        params: parameters.collect(),
        result: Some(result),
        docs: Default::default(),
        stability: Default::default(),
        span: Span::default(),
        external_id: None,
    }
}
