//! Pages in files, one directory for each hour of writing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A directory of pages.
pub struct Journal {
    root: PathBuf,
}

/// What the file system says about a page.
pub struct Page {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub length: u64,
    /// When it was written.
    pub modified: SystemTime,
}

impl Journal {
    /// Begins an empty journal.
    pub fn create(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        fs::create_dir_all(root.join("pages"))?;
        File::create(root.join("contents.txt"))?;
        Ok(Self { root })
    }

    /// Writes a page, adds its title to the table of contents, and says where the page is. The page appears by rename,
    /// complete or not at all.
    pub fn write(&self, title: &str, text: &str) -> io::Result<PathBuf> {
        let number = fs::read_dir(self.root.join("pages"))?.count() + 1;
        let directory = self.root.join(format!("pages/{number:02}"));
        fs::create_dir(&directory)?;
        let draft = directory.join("draft.tmp");
        let mut file = File::create_new(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let page = directory
            .join(title.to_lowercase().replace(' ', "-"))
            .with_extension("txt");
        fs::rename(draft, &page)?;
        let mut contents = OpenOptions::new()
            .append(true)
            .open(self.root.join("contents.txt"))?;
        writeln!(contents, "{number}. {title}")?;
        Ok(page)
    }

    /// Puts all pages into one file.
    pub fn bind(&self) -> io::Result<()> {
        let mut book = File::create(self.root.join("book.txt"))?;
        for page in self
            .pages()?
            .iter()
            .filter(|page| page.path.starts_with(self.root.join("pages")))
        {
            io::copy(&mut File::open(&page.path)?, &mut book)?;
        }
        Ok(())
    }

    /// All files, sorted by path.
    pub fn pages(&self) -> io::Result<Vec<Page>> {
        let mut pages = Vec::new();
        collect(&self.root, &mut pages)?;
        pages.sort_by(|one, two| one.path.cmp(&two.path));
        Ok(pages)
    }

    /// The table of contents and the bound book, with a number in front of each line.
    pub fn read(&self) -> io::Result<String> {
        let mut text = String::new();
        for name in ["contents.txt", "book.txt"] {
            for (number, line) in BufReader::new(File::open(self.root.join(name))?)
                .lines()
                .enumerate()
            {
                text += &format!("{name}:{}: {}\n", number + 1, line?);
            }
        }
        Ok(text)
    }
}

fn collect(directory: &Path, pages: &mut Vec<Page>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (path, metadata) = (entry.path(), entry.metadata()?);
        if metadata.is_dir() {
            collect(&path, pages)?;
        } else {
            pages.push(Page {
                path,
                length: metadata.len(),
                modified: metadata.modified()?,
            });
        }
    }
    Ok(())
}
