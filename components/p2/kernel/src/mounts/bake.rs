//! The filesystem that a configuration describes.

use interpose_filesystem::{Device, Error, FileSystem, Limits, Root, Timestamp};
use interpose_settings::{FilesystemConfig, Node, NodeKind, Source};

use super::preopens::{Mount, Preopens};

/// Builds all memory mounts and the list of preopens. `start` is the time of an empty one.
pub fn bake(
    config: &FilesystemConfig<'_>,
    start: interpose_settings::Timestamp,
) -> Result<(FileSystem, Preopens), String> {
    let mut files = FileSystem::new(Limits {
        max_bytes: config.max_bytes,
        max_entries: config.max_entries,
    });
    let mut mounts = Vec::with_capacity(config.mounts.len());
    for mount in &config.mounts {
        let path = mount.path.clone();
        mounts.push(match &mount.source {
            Source::Memory(nodes) => {
                let root = files
                    .add_root(mount.read_only, time_of_root(nodes, start))
                    .map_err(|error| refusal(&path, "", error))?;
                bake_nodes(&mut files, root, &path, nodes)?;
                Mount::Memory { path, root }
            }
            Source::Overlay(nodes) => {
                let root = files
                    .add_overlay(mount.read_only, Timestamp::default())
                    .map_err(|error| refusal(&path, "", error))?;
                bake_nodes(&mut files, root, &path, nodes)?;
                Mount::Overlay { path, root }
            }
            Source::Host => Mount::Host { path },
            Source::HostPreopens => Mount::HostPreopens,
        });
    }
    Ok((files, Preopens::new(mounts)))
}

/// A directory is as old as the newest thing in it.
fn time_of_root(nodes: &[Node<'_>], start: interpose_settings::Timestamp) -> Timestamp {
    let times = nodes.iter().map(|node| node.modified);
    timestamp(times.max().unwrap_or(start))
}

fn bake_nodes(
    files: &mut FileSystem,
    root: Root,
    mount: &str,
    nodes: &[Node<'_>],
) -> Result<(), String> {
    nodes.iter().try_for_each(|node| {
        bake_node(files, root, node).map_err(|error| refusal(mount, &node.path, error))
    })
}

fn bake_node(files: &mut FileSystem, root: Root, node: &Node<'_>) -> Result<(), Error> {
    let (path, time) = (node.path.as_str(), timestamp(node.modified));
    match node.kind {
        NodeKind::Directory => files.bake_directory(root, path, time),
        NodeKind::File(contents) => files.bake_file(root, path, contents, time),
        NodeKind::Symlink(target) => files.bake_symlink(root, path, target, time),
        NodeKind::Null => files.bake_device(root, path, Device::Null, time),
        NodeKind::Zero => files.bake_device(root, path, Device::Zero, time),
        NodeKind::Random => files.bake_device(root, path, Device::Random, time),
        NodeKind::Stdin => files.bake_device(root, path, Device::Stdin, time),
        NodeKind::Stdout => files.bake_device(root, path, Device::Stdout, time),
        NodeKind::Stderr => files.bake_device(root, path, Device::Stderr, time),
    }
}

fn timestamp(time: interpose_settings::Timestamp) -> Timestamp {
    Timestamp {
        seconds: time.seconds,
        nanoseconds: time.nanoseconds,
    }
}

fn refusal(mount: &str, path: &str, error: Error) -> String {
    format!("the mount `{mount}` cannot hold `{path}`: {error}")
}

#[cfg(test)]
mod tests {
    use interpose_settings::Clocks;

    use super::*;

    #[test]
    fn a_root_is_as_old_as_the_newest_thing_in_it_or_the_clock() {
        let at = |seconds| interpose_settings::Timestamp {
            seconds,
            nanoseconds: 0,
        };
        let node = |path: &str, seconds| Node {
            path: path.into(),
            modified: at(seconds),
            kind: NodeKind::Directory,
        };
        let clocks = Clocks::Virtual {
            start: at(7),
            tick: 1,
        };
        assert_eq!(time_of_root(&[], clocks.start()), timestamp(at(7)));
        assert_eq!(
            time_of_root(&[], Clocks::Host.start()),
            timestamp(interpose_settings::Timestamp::WITHOUT_CLOCK)
        );
        let nodes = [node("a", 5), node("b", 3)];
        assert_eq!(time_of_root(&nodes, clocks.start()), timestamp(at(5)));
    }
}
