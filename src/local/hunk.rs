//! Places in a patch: which line of which side stands where.

/// The side of a diff that a line is counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before the change.
    Left,
    /// After the change.
    Right,
}

impl Side {
    /// GitHub's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Left => "LEFT",
            Self::Right => "RIGHT",
        }
    }
}

/// One line of a patch that a comment can stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// How many lines below the first `@@` it stands, as GitHub's `position` counts.
    pub(crate) position: usize,
    /// Its number before the change, unless it was added.
    pub(crate) left: Option<u64>,
    /// Its number after the change, unless it was removed.
    pub(crate) right: Option<u64>,
    /// How many lines below the first `@@` its own `@@` stands.
    hunk: usize,
}

impl Line {
    /// Its number on a side.
    pub(crate) fn number(&self, side: Side) -> Option<u64> {
        match side {
            Side::Left => self.left,
            Side::Right => self.right,
        }
    }
}

/// The lines of a patch, which begins with its first `@@`.
pub(crate) fn lines(patch: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut left, mut right, mut hunk) = (0, 0, 0);
    for (position, text) in patch.split('\n').enumerate() {
        let (in_left, in_right) = match text.as_bytes().first() {
            Some(b'@') => {
                if let Some((old, new)) = starts(text) {
                    (left, right, hunk) = (old, new, position);
                }
                continue;
            }
            Some(b'-') => (true, false),
            Some(b'+') => (false, true),
            // "\ No newline at end of file" is a line of the patch and of neither side.
            Some(b'\\') => continue,
            _ => (true, true),
        };
        lines.push(Line { position, left: in_left.then_some(left), right: in_right.then_some(right), hunk });
        left += u64::from(in_left);
        right += u64::from(in_right);
    }
    lines
}

/// The part of a patch from the line's own `@@` down to the line.
pub(crate) fn down_to(patch: &str, line: &Line) -> String {
    let lines = patch.split('\n').skip(line.hunk).take(line.position - line.hunk + 1);
    lines.collect::<Vec<_>>().join("\n")
}

/// `@@ -OLD[,COUNT] +NEW[,COUNT] @@`.
fn starts(header: &str) -> Option<(u64, u64)> {
    let mut words = header.split(' ').skip(1);
    let mut number = |sign: char| words.next()?.strip_prefix(sign)?.split(',').next()?.parse().ok();
    Some((number('-')?, number('+')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str =
        "@@ -1,3 +1,3 @@ fn main\n a\n-b\n+B\n c\n@@ -10 +10,2 @@\n x\n+y\n\\ No newline at end of file";

    #[test]
    fn both_sides_are_counted() {
        let seen: Vec<_> = lines(PATCH).iter().map(|line| (line.position, line.left, line.right)).collect();
        assert_eq!(
            seen,
            [
                (1, Some(1), Some(1)),
                (2, Some(2), None),
                (3, None, Some(2)),
                (4, Some(3), Some(3)),
                (6, Some(10), Some(10)),
                (7, None, Some(11)),
            ]
        );
    }

    #[test]
    fn a_place_shows_its_own_hunk_only() {
        let last = lines(PATCH).into_iter().find(|line| line.number(Side::Right) == Some(11)).unwrap();
        assert_eq!(down_to(PATCH, &last), "@@ -10 +10,2 @@\n x\n+y");
    }
}
