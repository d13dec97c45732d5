//! Errors that streams carry, told apart by `filesystem-error-code`.

use guests_p2::{create, root, show};
use wasip2::cli::stdin::get_stdin;
use wasip2::filesystem::types::filesystem_error_code;
use wasip2::io::streams::StreamError;

fn main() {
    let file = create("file", b"x");
    // No file is as long as this: the write fails when it is made, not when the stream is opened.
    let outcome = match file.write_via_stream(i64::MAX as u64 - 1) {
        Ok(stream) => match stream
            .blocking_write_and_flush(b"too far")
            .and_then(|()| stream.blocking_flush())
        {
            Ok(()) => "written".to_string(),
            Err(StreamError::Closed) => "closed".to_string(),
            Err(StreamError::LastOperationFailed(error)) => {
                println!("there is a text: {}", !error.to_debug_string().is_empty());
                format!(
                    "{:?}",
                    filesystem_error_code(&error).map(|code| code.name())
                )
            }
        },
        Err(error) => error.name().to_string(),
    };
    println!("far beyond every limit: {outcome}");
    show("length", file.stat().map(|stat| stat.size));
    let input = get_stdin();
    match guests_p2::read_to_end(&input) {
        Ok(bytes) => println!("stdin: {} bytes", bytes.len()),
        Err(_) => println!("stdin: error"),
    }
    show("root", root().stat().map(|stat| stat.type_));
}
