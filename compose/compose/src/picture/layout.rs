//! Gives the boxes, labels and arrows of a picture their places, so that none overlap.
//!
//! Boxes stand in ranks: what answers stands below what imports, and the host below all. The label of an arrow takes part
//! in this as a box of its own, and an arrow that passes a rank keeps a place free there. So a line runs between boxes in
//! the gaps between ranks alone.

use super::model::{NodeKind, Picture};
use super::spread::{Wish, spread};
use super::text::{columns, wrapped};

/// The width of a column of text, and the height of a line.
pub(super) const COLUMN: f64 = 7.25;
/// See [`COLUMN`].
pub(super) const LINE: f64 = 17.0;
/// Between the text and the border of a box.
pub(super) const PADDING: f64 = 10.0;
/// Around the whole picture.
const MARGIN: f64 = 16.0;
/// Between two boxes of a rank.
const BESIDE: f64 = 22.0;
/// Between two ranks.
const BETWEEN: f64 = 30.0;
/// Between two lines that end at the same box.
const APART: f64 = 16.0;
/// How often the ranks are sorted and moved. Each time goes down and up once; more changes little.
const ROUNDS: usize = 12;

/// A picture with places.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The boxes of the nodes and the labels of the arrows.
    pub(super) boxes: Vec<Placed>,
    /// The arrows.
    pub(super) lines: Vec<Line>,
}

/// A box or a label with its place.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The kind of the box; `None` for a label.
    pub(super) kind: Option<NodeKind>,
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The small line above the name: what the box stands for.
    pub(super) caption: Option<String>,
    /// The name.
    pub(super) name: Vec<String>,
    /// The lines below it.
    pub(super) text: Vec<String>,
}

/// A part of an arrow: down to the bottom of a rank, and from there to the top of the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Where it begins, at the bottom of a box or at the top of a rank that it passes.
    pub(super) start: (f64, f64),
    /// The bottom of that rank.
    pub(super) bend: f64,
    /// Where it ends.
    pub(super) end: (f64, f64),
    /// Whether it ends at a box, and has a head there.
    pub(super) has_head: bool,
}

/// A box, a label or the place of a passing line while it is being placed.
struct Cell {
    rank: usize,
    /// Its middle.
    x: f64,
    width: f64,
    height: f64,
    placed: Option<Placed>,
    above: Vec<usize>,
    below: Vec<usize>,
}

impl Layout {
    pub(super) fn of(picture: &Picture) -> Self {
        let mut cells = Vec::new();
        let ranks = ranks(picture);
        for (node, rank) in picture.nodes.iter().zip(&ranks) {
            let caption = match (&node.component, node.kind) {
                (_, NodeKind::Host) => None,
                (Some(component), kind) if *component != node.name => {
                    Some(format!("{} of {component}", kind.word()))
                }
                (_, kind) => Some(kind.word().to_owned()),
            };
            let text: Vec<String> = node.lines.iter().flat_map(|line| wrapped(line)).collect();
            cells.push(cell(
                *rank,
                Some(node.kind),
                caption,
                wrapped(&node.name),
                text,
            ));
        }
        let mut segments: Vec<(usize, usize, bool)> = Vec::new();
        for arrow in &picture.arrows {
            let (first, last) = (ranks[arrow.from], ranks[arrow.to]);
            let mut above = arrow.from;
            for rank in first + 1..last {
                // A label stands directly below what asks.
                let lines = match rank == first + 1 {
                    true => arrow.lines.iter().flat_map(|line| wrapped(line)).collect(),
                    false => Vec::new(),
                };
                cells.push(match lines.is_empty() {
                    true => passing(rank),
                    false => cell(rank, None, None, Vec::new(), lines),
                });
                let own = cells.len() - 1;
                segments.push((above, own, false));
                above = own;
            }
            segments.push((above, arrow.to, true));
        }
        for (above, below, _) in &segments {
            cells[*above].below.push(*below);
            cells[*below].above.push(*above);
        }
        let mut order = ordered(&cells);
        sort(&mut cells, &mut order);
        place(&mut cells, &order);
        widen_host(&mut cells);
        finish(cells, &order, &segments)
    }
}

/// The rank of each box: even numbers, because labels stand between. The longest way to a box decides, and the host is below
/// all others.
fn ranks(picture: &Picture) -> Vec<usize> {
    let mut ranks = vec![0; picture.nodes.len()];
    // A plan has no circles, so this settles after as many rounds as there are boxes.
    for _ in 0..picture.nodes.len() {
        for arrow in &picture.arrows {
            ranks[arrow.to] = ranks[arrow.to].max(ranks[arrow.from] + 2);
        }
    }
    let others = picture.nodes.iter().zip(&ranks);
    let others = others.filter(|(node, _)| node.kind != NodeKind::Host);
    let below = others.map(|(_, rank)| rank + 2).max().unwrap_or(0);
    for (node, rank) in picture.nodes.iter().zip(&mut ranks) {
        if node.kind == NodeKind::Host {
            *rank = below;
        }
    }
    ranks
}

fn cell(
    rank: usize,
    kind: Option<NodeKind>,
    caption: Option<String>,
    name: Vec<String>,
    text: Vec<String>,
) -> Cell {
    let all = caption.iter().chain(&name).chain(&text);
    let widest = all.map(|line| columns(line)).max().unwrap_or(0);
    let lines = name.len() + text.len() + usize::from(caption.is_some());
    let padding = match kind {
        Some(_) => PADDING,
        None => PADDING / 2.0,
    };
    let width = widest as f64 * COLUMN + 2.0 * padding;
    let height = lines as f64 * LINE + 2.0 * padding;
    let placed = Placed {
        kind,
        left: 0.0,
        top: 0.0,
        width,
        height,
        caption,
        name,
        text,
    };
    Cell {
        rank,
        x: 0.0,
        width,
        height,
        placed: Some(placed),
        above: Vec::new(),
        below: Vec::new(),
    }
}

/// The place of a line in a rank.
fn passing(rank: usize) -> Cell {
    Cell {
        rank,
        x: 0.0,
        width: 2.0,
        height: 0.0,
        placed: None,
        above: Vec::new(),
        below: Vec::new(),
    }
}

/// The cells of each rank in the order of the picture.
fn ordered(cells: &[Cell]) -> Vec<Vec<usize>> {
    let ranks = cells.iter().map(|cell| cell.rank + 1).max().unwrap_or(0);
    let mut order = vec![Vec::new(); ranks];
    for (number, cell) in cells.iter().enumerate() {
        order[cell.rank].push(number);
    }
    order
}

/// Sorts each rank by the middles of what its cells are connected with, so that few lines cross.
fn sort(cells: &mut [Cell], order: &mut [Vec<usize>]) {
    for row in order.iter() {
        for (position, number) in row.iter().enumerate() {
            cells[*number].x = position as f64;
        }
    }
    for round in 0..ROUNDS {
        let down = round % 2 == 0;
        let rows = 0..order.len();
        let rows: Vec<usize> = if down {
            rows.collect()
        } else {
            rows.rev().collect()
        };
        for row in rows {
            let row = &mut order[row];
            let wishes: Vec<f64> = row
                .iter()
                .map(|number| {
                    let cell = &cells[*number];
                    let others = if down { &cell.above } else { &cell.below };
                    middle(cells, others).unwrap_or(cell.x)
                })
                .collect();
            let mut sorted: Vec<(f64, usize)> =
                wishes.into_iter().zip(row.iter().copied()).collect();
            sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
            *row = sorted.into_iter().map(|(_, number)| number).collect();
            for (position, number) in row.iter().enumerate() {
                cells[*number].x = position as f64;
            }
        }
    }
}

fn middle(cells: &[Cell], others: &[usize]) -> Option<f64> {
    let sum: f64 = others.iter().map(|other| cells[*other].x).sum();
    (!others.is_empty()).then(|| sum / others.len() as f64)
}

/// Moves the cells of each rank towards what they are connected with, as far as their neighbours let them.
fn place(cells: &mut [Cell], order: &[Vec<usize>]) {
    for row in order {
        let wishes: Vec<Wish> = row
            .iter()
            .map(|number| Wish {
                middle: 0.0,
                length: cells[*number].width,
            })
            .collect();
        for (number, x) in row.iter().zip(spread(&wishes, BESIDE)) {
            cells[*number].x = x;
        }
    }
    for round in 0..ROUNDS {
        let rows: Vec<&Vec<usize>> = match round % 2 == 0 {
            true => order.iter().collect(),
            false => order.iter().rev().collect(),
        };
        for row in rows {
            let wishes: Vec<Wish> = row
                .iter()
                .map(|number| {
                    let cell = &cells[*number];
                    let both: Vec<usize> = cell.above.iter().chain(&cell.below).copied().collect();
                    Wish {
                        middle: middle(cells, &both).unwrap_or(cell.x),
                        length: cell.width,
                    }
                })
                .collect();
            for (number, x) in row.iter().zip(spread(&wishes, BESIDE)) {
                cells[*number].x = x;
            }
        }
    }
}

/// Makes the host, which is alone in its rank, as wide as what leads to it, so that lines lead straight down.
fn widen_host(cells: &mut [Cell]) {
    let is_host = |cell: &Cell| {
        let kind = cell.placed.as_ref().and_then(|placed| placed.kind);
        kind == Some(NodeKind::Host)
    };
    let Some(host) = cells.iter().position(is_host) else {
        return;
    };
    let above = cells[host].above.iter().map(|cell| cells[*cell].x);
    let least = above.clone().fold(cells[host].x, f64::min);
    let most = above.fold(cells[host].x, f64::max);
    let room = cells[host].width.max(most - least + 2.0 * PADDING);
    let cell = &mut cells[host];
    (cell.x, cell.width) = ((least + most) / 2.0, room);
    if let Some(placed) = &mut cell.placed {
        placed.width = room;
    }
}

/// Where lines end at a box: a single one in the middle, and several as near to their other ends as its width allows, and apart.
fn ports(cells: &[Cell], cell: &Cell, others: &[usize]) -> Vec<(usize, f64)> {
    if let [only] = others {
        return vec![(*only, cell.x)];
    }
    let mut sorted: Vec<usize> = others.to_vec();
    sorted.sort_by(|one, other| cells[*one].x.total_cmp(&cells[*other].x));
    let room = (cell.width / 2.0 - PADDING).max(0.0);
    let (left, right) = (cell.x - room, cell.x + room);
    let count = sorted.len() as f64;
    let apart = APART.min((right - left) / count.max(1.0));
    let wishes: Vec<Wish> = sorted
        .iter()
        .enumerate()
        .map(|(number, other)| {
            // Room for those before and those behind.
            let number = number as f64;
            let least = left + number * apart;
            let most = right - (count - 1.0 - number) * apart;
            Wish {
                middle: cells[*other].x.clamp(least, most.max(least)),
                length: 0.0,
            }
        })
        .collect();
    sorted.into_iter().zip(spread(&wishes, apart)).collect()
}

/// Turns cells into boxes and lines with whole numbers as coordinates.
fn finish(cells: Vec<Cell>, order: &[Vec<usize>], segments: &[(usize, usize, bool)]) -> Layout {
    let left = |cell: &Cell| cell.x - cell.width / 2.0;
    let least = cells.iter().map(left).fold(f64::INFINITY, f64::min);
    let most = cells.iter().map(|cell| cell.x + cell.width / 2.0);
    let most = most.fold(f64::NEG_INFINITY, f64::max);
    let shift = if least.is_finite() {
        MARGIN - least
    } else {
        0.0
    };
    let width = if most.is_finite() {
        most + shift + MARGIN
    } else {
        2.0 * MARGIN
    };
    // The top and the bottom of each rank.
    let mut bands: Vec<(f64, f64)> = Vec::new();
    let mut top = MARGIN;
    for row in order {
        let height = row
            .iter()
            .map(|number| cells[*number].height)
            .fold(0.0, f64::max);
        bands.push((top, top + height));
        top += height + BETWEEN;
    }
    let height = bands.last().map_or(MARGIN, |(_, bottom)| *bottom) + MARGIN;
    let mut lines = Vec::new();
    for &(above, below, has_head) in segments {
        let find = |ports: Vec<(usize, f64)>, other: usize| {
            let found = ports.into_iter().find(|(number, _)| *number == other);
            found.map_or(0.0, |(_, x)| x)
        };
        let from = find(ports(&cells, &cells[above], &cells[above].below), below) + shift;
        let to = find(ports(&cells, &cells[below], &cells[below].above), above) + shift;
        let (top, bottom) = bands[cells[above].rank];
        lines.push(Line {
            start: (from, top + cells[above].height),
            bend: bottom,
            end: (to, bands[cells[below].rank].0),
            has_head,
        });
    }
    let boxes = cells.into_iter().filter_map(|cell| {
        let mut placed = cell.placed?;
        placed.left = cell.x - cell.width / 2.0 + shift;
        placed.top = bands[cell.rank].0;
        Some(placed)
    });
    Layout {
        width,
        height,
        boxes: boxes.collect(),
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Arrow, Node};

    fn node(kind: NodeKind, name: &str, lines: usize) -> Node {
        Node {
            kind,
            component: None,
            name: name.into(),
            lines: vec!["a line of some length".into(); lines],
        }
    }

    fn overlap(one: &Placed, other: &Placed) -> bool {
        one.left < other.left + other.width
            && other.left < one.left + one.width
            && one.top < other.top + other.height
            && other.top < one.top + one.height
    }

    #[test]
    fn boxes_and_labels_do_not_overlap_and_lie_in_the_picture() {
        // Every box asks every later one.
        for count in 1..8 {
            let nodes: Vec<Node> = (0..count)
                .map(|n| node(NodeKind::Filter, &"x".repeat(n * 9), n % 4))
                .collect();
            let mut arrows = Vec::new();
            for from in 0..count {
                for to in from + 1..count {
                    let lines = vec!["acme:billing/invoices".into(); (from + to) % 3];
                    arrows.push(Arrow { from, to, lines });
                }
            }
            let layout = Layout::of(&Picture {
                title: String::new(),
                nodes,
                arrows,
            });
            for (number, one) in layout.boxes.iter().enumerate() {
                assert!(one.left >= 0.0 && one.left + one.width <= layout.width);
                assert!(one.top >= 0.0 && one.top + one.height <= layout.height);
                for other in &layout.boxes[..number] {
                    assert!(!overlap(one, other), "{one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn a_picture_without_boxes_has_a_size() {
        let layout = Layout::of(&Picture::default());
        assert!(layout.width.is_finite() && layout.height.is_finite());
    }
}
