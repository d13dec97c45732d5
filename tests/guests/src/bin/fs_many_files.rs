//! Thousands of files in one directory.

use guests::show;
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir("many")?;
    for number in 0..2000 {
        fs::write(format!("many/{number}"), number.to_string())?;
    }
    show("count", fs::read_dir("many").map(|entries| entries.count()));
    let mut sum = 0;
    for number in 0..2000 {
        sum += fs::read_to_string(format!("many/{number}"))?
            .parse::<u64>()
            .unwrap_or(0);
    }
    println!("sum {sum}");
    for number in (0..2000).step_by(2) {
        fs::remove_file(format!("many/{number}"))?;
    }
    let mut names = fs::read_dir("many")?
        .map(|entry| entry.map(|e| e.file_name()))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    println!(
        "{} left, from {:?} to {:?}",
        names.len(),
        names[0],
        names[names.len() - 1]
    );
    Ok(())
}
