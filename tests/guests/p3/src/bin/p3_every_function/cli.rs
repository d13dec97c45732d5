//! `wasi:cli`.

use crate::probe::{done, named, probes, shown, value_of};
use crate::wasi::cli::types::ErrorCode;
use crate::wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_stderr, terminal_stdin, terminal_stdout,
};

named!(ErrorCode);

probes! {
    "wasi:cli/environment" {
        "get-environment" => |_| {
            let variables = environment::get_environment();
            let names: Vec<_> = variables.into_iter().map(|(name, _)| name).collect();
            value_of(names)
        },
        "get-arguments" => |_| match environment::get_arguments().len() {
            0 => Ok("`[]`".into()),
            _ => Ok("arguments".into()),
        },
        "get-initial-cwd" => |_| value_of(environment::get_initial_cwd()),
    }
    "wasi:cli/exit" {
        "exit" => |_| {
            exit::exit(Ok(()));
            Ok("returned".into())
        },
        "exit-with-code" => |_| {
            exit::exit_with_code(7);
            Ok("returned".into())
        },
    }
    "wasi:cli/stdin" {
        "read-via-stream" => |_| {
            let (stream, ended) = stdin::read_via_stream();
            let bytes = stream.collect().await;
            shown(ended.await.map(|()| bytes))
        },
    }
    "wasi:cli/stdout" {
        "write-via-stream" => |_| {
            let (mut writer, reader) = crate::wit_stream::new();
            let written = stdout::write_via_stream(reader);
            writer.write_all(b"written".to_vec()).await;
            drop(writer);
            done(written.await)
        },
    }
    "wasi:cli/stderr" {
        "write-via-stream" => |_| {
            let (mut writer, reader) = crate::wit_stream::new();
            let written = stderr::write_via_stream(reader);
            writer.write_all(b"written".to_vec()).await;
            drop(writer);
            done(written.await)
        },
    }
    "wasi:cli/terminal-stdin" {
        "get-terminal-stdin" => |_| value_of(terminal_stdin::get_terminal_stdin()),
    }
    "wasi:cli/terminal-stdout" {
        "get-terminal-stdout" => |_| value_of(terminal_stdout::get_terminal_stdout()),
    }
    "wasi:cli/terminal-stderr" {
        "get-terminal-stderr" => |_| value_of(terminal_stderr::get_terminal_stderr()),
    }
}
