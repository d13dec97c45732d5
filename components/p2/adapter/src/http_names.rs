//! The names of methods and schemes.

/// Defines the functions `method_name` and `scheme_name`, which return the name of a method or a scheme, for the types that
/// an adapter's bindings have for them: `http_names!(Method, Scheme)`.
#[macro_export]
macro_rules! http_names {
    ($method:ident, $scheme:ident) => {
        fn method_name(method: &$method) -> &str {
            match method {
                $method::Get => "GET",
                $method::Head => "HEAD",
                $method::Post => "POST",
                $method::Put => "PUT",
                $method::Delete => "DELETE",
                $method::Connect => "CONNECT",
                $method::Options => "OPTIONS",
                $method::Trace => "TRACE",
                $method::Patch => "PATCH",
                $method::Other(name) => name,
            }
        }

        fn scheme_name(scheme: &$scheme) -> &str {
            match scheme {
                $scheme::Http => "http",
                $scheme::Https => "https",
                $scheme::Other(name) => name,
            }
        }
    };
}
