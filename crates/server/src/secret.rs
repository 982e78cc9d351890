//! Random tokens and codes, their hashes, and the key file.
//!
//! Nothing here is printed: types that hold a secret have no `Debug`, or one that hides it.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};
use std::path::Path;
use subtle::ConstantTimeEq;

/// Random bytes from the operating system.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A uniform random number below `bound`: draws that would favor small numbers are discarded (OTP-01).
fn below(bound: u32) -> u32 {
    let fair = u32::MAX - u32::MAX % bound;
    loop {
        let drawn = u32::from_le_bytes(random());
        if drawn < fair {
            return drawn % bound;
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)]))
        .collect()
}

/// A random id, 128 bits.
pub(crate) fn id() -> String {
    hex(&random::<16>())
}

/// The value of a session's cookie or a host code, 256 bits; that of a browser's is [`Key::issue`].
pub(crate) fn token() -> String {
    hex(&random::<32>())
}

/// A random code of `count` digits, at most nine, with leading zeros.
pub(crate) fn digits(count: usize) -> String {
    format!("{:0count$}", below(10_u32.pow(count as u32)))
}

/// Random characters that are not easily confused with each other.
fn clear(count: usize) -> String {
    const CLEAR: &[u8] = b"ACDEFGHJKLMNPQRTUVWXY3479";
    (0..count).map(|_| char::from(CLEAR[below(CLEAR.len() as u32) as usize])).collect()
}

/// Two characters that identify an SMS to its reader (OTP-13).
pub(crate) fn serial() -> String {
    clear(2)
}

/// A receipt number to be read out to support, e.g. `7K3M-AC9D-EFGH`: 55 bits.
pub(crate) fn receipt() -> String {
    format!("{}-{}-{}", clear(4), clear(4), clear(4))
}

/// The hash of a content as its name, 128 bits: another content has another name.
pub(crate) fn digest(content: &[u8]) -> String {
    hex(&Sha256::digest(content)[..16])
}

/// A random name for a content: nobody can guess it, and the same content gets another one each time.
pub(crate) fn name_of(content: &[u8]) -> String {
    hex(&Sha256::new().chain_update(random::<32>()).chain_update(content).finalize())
}

/// The hash under which a token is stored.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Compares in a time independent of where the two differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// The key of hashes of codes and of the browsers' cookies. It is in a file of its own, because somebody who reads the database could try
/// all codes of six digits in a moment.
#[derive(Clone)]
pub(crate) struct Key([u8; KEY_LENGTH]);

/// Length of the key, in bytes.
const KEY_LENGTH: usize = 32;

impl Key {
    /// Reads the key file, or creates one that only its owner can read.
    ///
    /// # Errors
    /// One sentence for the operator: the file cannot be used, others can read it, or it holds no key.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let unusable =
            |error: io::Error| format!("The key file {} cannot be used: {}.", path.display(), error.kind());
        match std::fs::File::open(path) {
            Ok(file) => Self::read(file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = random();
                Self::write(path, &key).map_err(unusable)?;
                Ok(Self(key))
            }
            Err(error) => Err(unusable(error)),
        }
    }

    fn read(file: std::fs::File, path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let unusable = |error: io::Error| format!("The key file {shown} cannot be used: {}.", error.kind());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.metadata().map_err(unusable)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(format!(
                    "The key file {shown} can be read by others than its owner (mode {mode:o}): \
                     whoever had it can guess codes, so remove it for a new one (codes that were sent are \
                     void then), or set its mode to 600."
                ));
            }
        }
        let mut bytes = Vec::new();
        file.take(KEY_LENGTH as u64 + 1).read_to_end(&mut bytes).map_err(unusable)?;
        let found = bytes.len();
        let Ok(key) = <[u8; KEY_LENGTH]>::try_from(bytes) else {
            let length = if found < KEY_LENGTH { format!("{found} bytes") } else { "more".to_owned() };
            return Err(format!(
                "The key file {shown} holds {length} instead of {KEY_LENGTH} bytes: \
                 restore it, or remove it for a new one (codes that were sent are void then)."
            ));
        };
        if key == [0; KEY_LENGTH] {
            return Err(format!(
                "The key file {shown} holds zeros alone, which is no key: \
                 restore it, or remove it for a new one (codes that were sent are void then)."
            ));
        }
        Ok(Self(key))
    }

    fn write(path: &Path, key: &[u8]) -> io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        // An incomplete file would not be a key at the next start.
        file.write_all(key).and_then(|()| file.sync_all()).inspect_err(|_| drop(std::fs::remove_file(path)))
    }

    /// A value for the cookie of a browser that has no row yet: 128 random bits, then as many of their keyed
    /// hash, by which [`Key::issued`] knows it again without a row.
    pub(crate) fn issue(&self) -> String {
        let drawn = id();
        format!("{drawn}{}", self.proof(&drawn))
    }

    /// Whether a cookie's value is one of [`Key::issue`].
    pub(crate) fn issued(&self, token: &str) -> bool {
        token
            .split_at_checked(32)
            .is_some_and(|(drawn, proof)| same(proof.as_bytes(), self.proof(drawn).as_bytes()))
    }

    fn proof(&self, drawn: &str) -> String {
        hex(&self.hash(&["browser", drawn])[..16])
    }

    /// The keyed hash of several texts and their lengths, so that different lists have different inputs.
    pub(crate) fn hash(&self, parts: &[&str]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, digits, serial, token};

    #[test]
    fn otp_01_a_million_codes_are_uniform() {
        // Chi-square over each of the six digits (9 degrees of freedom) and over the 1000 leading
        // triples (999): p > 0.001 means below 27.88 and below 1142.8.
        let mut places = [[0u32; 10]; 6];
        let mut triples = vec![0u32; 1000];
        for _ in 0..1_000_000 {
            let code = digits(6);
            assert_eq!(code.len(), 6);
            for (place, digit) in code.bytes().enumerate() {
                places[place][usize::from(digit - b'0')] += 1;
            }
            triples[code[..3].parse::<usize>().expect("digits")] += 1;
        }
        let chi = |counts: &[u32]| -> f64 {
            let expected = 1_000_000.0 / counts.len() as f64;
            counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum()
        };
        // Six tests at once: each has a sixth of the level, 31.4.
        for counts in &places {
            assert!(chi(counts) < 31.4, "{counts:?}");
        }
        assert!(chi(&triples) < 1142.8, "{}", chi(&triples));
        assert_eq!(digits(8).len(), 8);
    }

    #[test]
    fn ses_01_tokens_have_256_bits_and_never_repeat() {
        let (a, b) = (token(), token());
        assert_eq!(a.len(), 64);
        assert_ne!(a, b);
    }

    #[test]
    fn ses_01_an_issued_token_is_known_by_its_key_alone() {
        let (key, other) = (Key([1; 32]), Key([2; 32]));
        let issued = key.issue();
        assert_eq!(issued.len(), token().len());
        assert!(key.issued(&issued) && !other.issued(&issued));
        assert!(!key.issued(&token()) && !key.issued("") && !key.issued(&issued[..63]));
        assert_ne!(issued, key.issue());
    }

    #[test]
    fn otp_13_serials_are_two_clear_characters() {
        for _ in 0..200 {
            let serial = serial();
            assert_eq!(serial.len(), 2);
            assert!(!serial.contains(['0', 'O', '1', 'I', '5', 'S', '8', 'B', '2', 'Z', '6']), "{serial}");
        }
    }

    #[test]
    fn otp_01_the_key_file_is_kept_and_private() {
        let folder = std::env::temp_dir().join(token());
        std::fs::create_dir(&folder).expect("a folder");
        let path = folder.join("code.key");
        let first = Key::open(&path).expect("a new key");
        let again = Key::open(&path).expect("the same key");
        assert_eq!(first.hash(&["1", "23"]), again.hash(&["1", "23"]));
        assert_ne!(first.hash(&["1", "23"]), first.hash(&["12", "3"]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(&folder).expect("cleaned up");
    }
}
