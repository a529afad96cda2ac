//! Where the requests of a connection begin and end.
//!
//! The parser of the server library reads ahead: it takes the next request while one is in progress, and then writes the
//! response to the first one with the method, the version and the `Connection` of the second. It also takes any offer to
//! upgrade as accepted. So bytes pass through here first: one request at a time, without such offers. A request is framed
//! exactly as the parser frames it; what cannot be framed is passed on as it is, because the parser rejects it and closes
//! the connection, or takes all that follows for the body of a CONNECT.

use httparse::{EMPTY_HEADER, Request, Status};

/// The maximum size of a head, in bytes. Beyond it the parser answers, and closes the connection.
const MAX_HEAD: usize = 128 * 1024;

/// The maximum number of header lines, as in the parser.
const MAX_HEADERS: usize = 96;

/// The maximum length of a header's name. The parser panics at a longer one.
const MAX_NAME: usize = 65_535;

/// A head that the parser refuses with 400.
const REFUSED: &[u8] = b"\r \r\n\r\n";

/// Divides the bytes of a connection into requests.
pub(super) struct Framing {
    state: State,
    /// How much of the bytes that wait was searched for the end of a head.
    searched: usize,
    /// How much of them the parser's library has read without a fault.
    checked: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The next byte is the first of a head, or of an empty line before it.
    Head,
    /// This many bytes of the body are still to come.
    Body(u64),
    Chunked(Chunked),
    /// A whole request was passed on.
    Complete,
    /// There is no further request: every byte is passed on.
    Unframed,
}

/// A place in a chunked body. It names what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunked {
    SizeStart,
    Size(u64),
    SizeBlank(u64),
    Extension(u64),
    SizeLineFeed(u64),
    Data(u64),
    DataReturn,
    DataLineFeed,
    TrailerOrEnd,
    Trailer,
    TrailerLineFeed,
    EndLineFeed,
}

impl Framing {
    pub(super) fn new() -> Self {
        Self {
            state: State::Head,
            searched: 0,
            checked: 0,
        }
    }

    /// Whether a whole request was passed on, and nothing of a further one.
    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// Whether the head of a request was passed on, and not yet all of its body.
    pub(super) fn is_in_body(&self) -> bool {
        matches!(self.state, State::Body(_) | State::Chunked(_))
    }

    /// Whether nothing of a request was passed on yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.state == State::Head
    }

    /// Begins with the next request.
    pub(super) fn begin(&mut self) {
        self.state = State::Head;
    }

    /// Notes that the response to the request in progress is complete. If its body of known length is not, the server
    /// closes the connection and discards what still comes, whatever it is.
    pub(super) fn note_response(&mut self) {
        if matches!(self.state, State::Body(_)) {
            self.state = State::Unframed;
        }
    }

    /// Moves from `waiting` to `passed` what belongs to the request in progress. A head is moved once it is complete.
    /// Returns whether it moved a head.
    pub(super) fn advance(&mut self, waiting: &mut Vec<u8>, passed: &mut Vec<u8>) -> bool {
        match self.state {
            State::Head => self.advance_head(waiting, passed),
            State::Body(left) => {
                let length = usize::try_from(left).unwrap_or(usize::MAX).min(waiting.len());
                passed.extend(waiting.drain(..length));
                // At most `left`.
                let left = left - length as u64;
                self.state = if left == 0 { State::Complete } else { State::Body(left) };
                false
            }
            State::Chunked(place) => {
                let (length, state) = advance_chunked(place, waiting);
                passed.extend(waiting.drain(..length));
                self.state = state;
                false
            }
            State::Complete => false,
            State::Unframed => {
                passed.append(waiting);
                false
            }
        }
    }

    fn advance_head(&mut self, waiting: &mut Vec<u8>, passed: &mut Vec<u8>) -> bool {
        skip_empty_lines(waiting);
        let Some(end) = head_end(waiting, self.searched) else {
            let is_faulty = self.has_fault(waiting);
            self.searched = waiting.len();
            if is_faulty || waiting.len() >= MAX_HEAD {
                self.give_up(waiting, passed);
            }
            return false;
        };
        (self.searched, self.checked) = (0, 0);
        if has_endless_name(&waiting[..end]) {
            waiting.clear();
            waiting.extend_from_slice(REFUSED);
        }
        match Head::read(&waiting[..end.min(waiting.len())]) {
            Some(head) => {
                self.state = head.body;
                match head.without_offer {
                    Some(head) => passed.extend(head),
                    None => passed.extend_from_slice(&waiting[..end]),
                }
                waiting.drain(..end);
                true
            }
            None => {
                self.give_up(waiting, passed);
                false
            }
        }
    }

    /// Whether an incomplete head has a fault, so that its sender need not wait for the answer. Looked for when there is
    /// a first line, and whenever there is twice as much as before, so that the cost stays that of one look.
    fn has_fault(&mut self, waiting: &[u8]) -> bool {
        let (old, new) = waiting.split_at(self.searched.min(waiting.len()));
        let is_first_line = new.contains(&b'\n') && !old.contains(&b'\n');
        if !is_first_line && waiting.len() < 2 * self.checked {
            return false;
        }
        self.checked = waiting.len();
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        Request::new(&mut headers).parse(waiting).is_err()
    }

    fn give_up(&mut self, waiting: &mut Vec<u8>, passed: &mut Vec<u8>) {
        self.state = State::Unframed;
        passed.append(waiting);
    }
}

fn has_endless_name(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').skip(1);
    head.len() > MAX_NAME && lines.any(|line| line.iter().take_while(|byte| **byte != b':').count() > MAX_NAME)
}

/// Removes the empty lines that may stand before a head.
fn skip_empty_lines(waiting: &mut Vec<u8>) {
    let mut length = 0;
    loop {
        match &waiting[length..] {
            [b'\r', b'\n', ..] => length += 2,
            [b'\n', ..] => length += 1,
            _ => break,
        }
    }
    waiting.drain(..length);
}

/// Where the head ends: after its first empty line. What lies before `searched` has none.
fn head_end(bytes: &[u8], searched: usize) -> Option<usize> {
    // An empty line may have begun within what was searched.
    let start = searched.saturating_sub(2);
    let mut line_ends = bytes.iter().enumerate().skip(start).filter(|(_, byte)| **byte == b'\n');
    line_ends.find_map(|(at, _)| match &bytes[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// What a head says about its request.
struct Head {
    /// The state after the head.
    body: State,
    /// The head without its offer to upgrade, if it has one.
    without_offer: Option<Vec<u8>>,
}

impl Head {
    /// `None` if the parser rejects the head.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut request = Request::new(&mut headers);
        let Ok(Status::Complete(length)) = request.parse(bytes) else {
            return None;
        };
        let (method, path, version) = (request.method?, request.path?, request.version?);
        if length != bytes.len() {
            return None;
        }
        let body = body(method, version, request.headers)?;
        let has_offer = request.headers.iter().any(is_offer);
        Some(Self {
            body,
            without_offer: has_offer.then(|| without_offer(method, path, version, request.headers)),
        })
    }
}

/// The length of the body, as the parser sees it.
fn body(method: &str, version: u8, headers: &[httparse::Header<'_>]) -> Option<State> {
    let value_of = |name: &str| {
        let mut named = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        let first = named.next();
        // Neither may be repeated.
        named.next().is_none().then_some(first)
    };
    let length = value_of("content-length")?;
    let encoding = value_of("transfer-encoding")?;
    // Without a length, everything that follows a CONNECT is its body.
    let without_body = (method != "CONNECT").then_some(State::Complete);
    match (length, encoding) {
        (Some(_), Some(_)) => None,
        (None, Some(encoding)) => {
            let is_chunked = version == 1 && encoding.value.trim_ascii().eq_ignore_ascii_case(b"chunked");
            is_chunked.then_some(State::Chunked(Chunked::SizeStart))
        }
        (Some(length), None) => {
            let digits = str::from_utf8(length.value).ok()?.trim();
            let is_digits = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            match is_digits.then(|| digits.parse().ok()).flatten()? {
                0 => without_body,
                length => Some(State::Body(length)),
            }
        }
        (None, None) => without_body,
    }
}

/// The options of `Connection` that belong to an offer.
const OFFERS: [&[u8]; 2] = [b"upgrade", b"http2-settings"];

fn options<'v>(header: &httparse::Header<'v>) -> impl Iterator<Item = &'v [u8]> {
    header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

fn is_offered(option: &[u8]) -> bool {
    OFFERS.iter().any(|offer| option.eq_ignore_ascii_case(offer))
}

fn is_offer(header: &httparse::Header<'_>) -> bool {
    header.name.eq_ignore_ascii_case("upgrade")
        || (header.name.eq_ignore_ascii_case("connection") && options(header).any(is_offered))
}

/// The head without `Upgrade` and what names it in `Connection`.
fn without_offer(method: &str, path: &str, version: u8, headers: &[httparse::Header<'_>]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.{version}\r\n").into_bytes();
    let mut add = |name: &str, value: &[u8]| {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    };
    for header in headers {
        if !is_offer(header) {
            add(header.name, header.value);
        } else if header.name.eq_ignore_ascii_case("connection") {
            let kept: Vec<&[u8]> = options(header).filter(|option| !is_offered(option)).collect();
            if kept.iter().any(|option| !option.is_empty()) {
                add(header.name, &kept.join(&b", "[..]));
            }
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// How many of the bytes belong to a chunked body, and the state after them.
fn advance_chunked(mut place: Chunked, bytes: &[u8]) -> (usize, State) {
    use Chunked::{
        Data, DataLineFeed, DataReturn, EndLineFeed, Extension, Size, SizeBlank, SizeLineFeed, SizeStart, Trailer,
        TrailerLineFeed, TrailerOrEnd,
    };
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        if let Data(left) = place {
            let some = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - length);
            length += some;
            place = match left - some as u64 {
                0 => DataReturn,
                left => Data(left),
            };
            continue;
        }
        length += 1;
        let digit = char::from(*byte).to_digit(16).map(u64::from);
        let after_size = |size| match byte {
            b'\t' | b' ' => Some(SizeBlank(size)),
            b';' => Some(Extension(size)),
            b'\r' => Some(SizeLineFeed(size)),
            _ => None,
        };
        let next = match (place, byte) {
            (SizeStart, _) => digit.map(Size),
            (Size(size), _) => match digit {
                Some(digit) => size.checked_mul(16).map(|size| Size(size + digit)),
                None => after_size(size),
            },
            (SizeBlank(size), _) => after_size(size),
            (Extension(size), b'\r') => Some(SizeLineFeed(size)),
            (Extension(size), b'\t' | b' '..=b'~' | 0x80..) => Some(Extension(size)),
            (SizeLineFeed(0), b'\n') => Some(TrailerOrEnd),
            (SizeLineFeed(size), b'\n') => Some(Data(size)),
            (DataReturn, b'\r') => Some(DataLineFeed),
            (DataLineFeed, b'\n') => Some(SizeStart),
            (TrailerOrEnd, b'\r') => Some(EndLineFeed),
            (Trailer, b'\r') => Some(TrailerLineFeed),
            (TrailerOrEnd | Trailer, _) => Some(Trailer),
            (TrailerLineFeed, b'\n') => Some(TrailerOrEnd),
            (EndLineFeed, b'\n') => return (length, State::Complete),
            _ => None,
        };
        match next {
            Some(next) => place = next,
            None => return (length, State::Unframed),
        }
    }
    (length, State::Chunked(place))
}

#[cfg(test)]
#[path = "framing_test.rs"]
mod tests;
