//! The settings as they are read from variables and flags.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tracing::Level;

use super::{
    DeletePolicy, DeletionSettings, HttpSettings, LimitSettings, LogEncoding, LogSettings, Mappings, MarkSettings,
    OnLimit, OutputFormat, OutputSettings, ProxySettings, ScopeSettings, Settings, SnapshotSettings,
};
use crate::{
    config::{
        env::{Environment, FlagValues},
        parse,
        problem::{Problems, Warning},
        reading::Reading,
        vars::{self, Variable},
    },
    engine::{
        model::{
            MarkKeys, Secret,
            address::{decode, encode},
            pattern::Patterns,
        },
        plan::{Adopt, EmptySource, NameFilter},
    },
};

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::ERROR),
    ("warn", Level::WARN),
    ("info", Level::INFO),
    ("debug", Level::DEBUG),
    ("trace", Level::TRACE),
];
const ENCODINGS: &[(&str, LogEncoding)] = &[("json", LogEncoding::Json), ("console", LogEncoding::Console)];
const POLICIES: &[(&str, DeletePolicy)] = &[("apply", DeletePolicy::Apply), ("report", DeletePolicy::Report)];
const ON_LIMITS: &[(&str, OnLimit)] = &[("refuse", OnLimit::Refuse), ("withhold-deletes", OnLimit::WithholdDeletes)];
const FORMATS: &[(&str, OutputFormat)] = &[("text", OutputFormat::Text), ("json", OutputFormat::Json)];

impl Settings {
    /// Reads the settings alone, for a run whose two sides are given otherwise, such as the sandbox's.
    ///
    /// # Errors
    ///
    /// All problems at once.
    pub fn load(
        environment: &Environment,
        flags: &FlagValues,
        kinds: &[&str],
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let mut reading = Reading::new(environment, flags);
        let settings = Self::read(&mut reading, kinds);
        reading.finish(Some(settings))
    }

    pub(in crate::config) fn read(reading: &mut Reading, kinds: &[&str]) -> Self {
        reading.refuse_unsupported();
        Self {
            scope: ScopeSettings::read(reading, kinds),
            mappings: Mappings::read(reading),
            adopt: reading.value(&vars::ADOPT.once(), adopt).unwrap_or_default(),
            fallback_owner: reading.value(&vars::FALLBACK_OWNER.once(), fallback_owner),
            approve_on_target: reading.boolean(&vars::APPROVE_ON_TARGET),
            manage_originals: reading.boolean(&vars::MANAGE_ORIGINALS),
            deep_compare: reading.boolean(&vars::DEEP_COMPARE),
            snapshots: SnapshotSettings::read(reading),
            deletion: DeletionSettings::read(reading),
            marks: MarkSettings::read(reading),
            allow_older_target: reading.boolean(&vars::ALLOW_OLDER_TARGET),
            limits: LimitSettings::read(reading, kinds),
            acknowledge: reading.patterns(&vars::ACKNOWLEDGE),
            deadline: reading.time(&vars::RUN_DEADLINE),
            http: HttpSettings::read(reading),
            logging: LogSettings::read(reading),
            output: OutputSettings::read(reading),
        }
    }
}

impl ScopeSettings {
    fn read(reading: &mut Reading, known: &[&str]) -> Self {
        Self {
            products_and_apis: reading.boolean(&vars::SYNC_PRODUCTS_AND_APIS),
            kinds: kinds_in_scope(reading, known),
            consumer_orgs: NameFilter {
                include: reading.patterns(&vars::INCLUDE_CONSUMER_ORGS),
                exclude: reading.patterns(&vars::EXCLUDE_CONSUMER_ORGS),
            },
            products: NameFilter {
                include: reading.patterns(&vars::INCLUDE_PRODUCTS),
                exclude: reading.patterns(&vars::EXCLUDE_PRODUCTS),
            },
        }
    }
}

fn kinds_in_scope(reading: &mut Reading, known: &[&str]) -> Vec<String> {
    let include = reading.value(&vars::INCLUDE_KINDS.once(), parse::kinds(known));
    let exclude = reading.value(&vars::EXCLUDE_KINDS.once(), parse::kinds(known)).unwrap_or_default();
    let chosen = |kind: &String| include.as_ref().is_none_or(|kinds| kinds.contains(kind)) && !exclude.contains(kind);
    let kinds: Vec<String> = known.iter().map(|kind| (*kind).to_owned()).filter(chosen).collect();
    if kinds.is_empty() && !known.is_empty() {
        reading.refuse_value(&vars::EXCLUDE_KINDS.once(), "to leave at least one kind in scope");
    }
    kinds
}

impl Mappings {
    fn read(reading: &mut Reading) -> Self {
        let mut mapping =
            |variable: &'static Variable| reading.value(&variable.once(), parse::mapping).unwrap_or_default();
        Self {
            user_registries: mapping(&vars::USER_REGISTRY_NAME_MAPPING),
            gateway_services: mapping(&vars::GATEWAY_SERVICE_NAME_MAPPING),
        }
    }
}

impl SnapshotSettings {
    fn read(reading: &mut Reading) -> Self {
        let mut file = |variable: &'static Variable| reading.value(&variable.once(), parse::text).map(PathBuf::from);
        Self {
            passphrase_file: file(&vars::SNAPSHOT_PASSPHRASE_FILE),
            identity_file: file(&vars::SNAPSHOT_IDENTITY_FILE),
            recipients: reading.value(&vars::SNAPSHOT_RECIPIENTS.once(), parse::text),
            unencrypted: reading.one_of(&vars::SNAPSHOT_ENCRYPTION, &[("none", true)]).unwrap_or_default(),
        }
    }
}

impl DeletionSettings {
    fn read(reading: &mut Reading) -> Self {
        Self {
            policy: reading.one_of(&vars::DELETE_POLICY, POLICIES).unwrap_or_default(),
            grace: reading.time(&vars::DELETE_GRACE).unwrap_or_default(),
            unmarked_children: reading.boolean(&vars::DELETE_UNMARKED_CHILDREN),
            vendor_marked: reading.boolean(&vars::DELETE_VENDOR_MARKED),
        }
    }
}

impl MarkSettings {
    fn read(reading: &mut Reading) -> Self {
        let key = mark_key(reading, &vars::MARK_KEY);
        let previous = mark_key(reading, &vars::MARK_KEY_PREVIOUS);
        if key.is_none() && previous.is_some() {
            reading.refuse_value(&vars::MARK_KEY.once(), "the present key, because MARK_KEY_PREVIOUS is set");
        }
        let catalogs = reading.value(&vars::SOURCE_CATALOG_BEFORE.once(), parse::list);
        Self {
            keys: key.map(|key| MarkKeys { key, previous }),
            require_seal: reading.boolean(&vars::REQUIRE_SEAL),
            catalogs_before: catalogs.unwrap_or_default(),
            allow_same_catalog_id: reading.boolean(&vars::ALLOW_SAME_CATALOG_ID),
        }
    }
}

/// The shortest key that no guess finds, in bytes.
const SHORTEST_KEY: usize = 32;

fn mark_key(reading: &mut Reading, variable: &'static Variable) -> Option<Secret> {
    let setting = variable.once();
    let key = reading.secret(&setting)?;
    if key.expose_secret().len() < SHORTEST_KEY {
        reading.refuse_value(&setting, variable.values.expected());
        return None;
    }
    Some(Secret::from(key.expose_secret().to_owned()))
}

impl LimitSettings {
    fn read(reading: &mut Reading, kinds: &[&str]) -> Self {
        Self {
            max_delete_percent: reading.whole(&vars::MAX_DELETE_PERCENT),
            max_update_percent: reading.whole(&vars::MAX_UPDATE_PERCENT),
            allow_empty_source: reading
                .value(&vars::ALLOW_EMPTY_SOURCE.once(), |text| allow_empty(text, kinds))
                .unwrap_or_default(),
            on_limit: reading.one_of(&vars::ON_LIMIT, ON_LIMITS).unwrap_or_default(),
        }
    }
}

impl HttpSettings {
    fn read(reading: &mut Reading) -> Self {
        let mut time = |variable: &'static Variable| reading.time(variable).unwrap_or_default();
        Self {
            timeout: time(&vars::HTTP_CLIENT_TIMEOUT),
            publish_timeout: time(&vars::PUBLISH_TIMEOUT),
            page_size: reading.whole(&vars::PAGE_SIZE),
            max_reads: usize::from(reading.whole::<u16>(&vars::MAX_READS)),
            max_writes: usize::from(reading.whole::<u16>(&vars::MAX_CONCURRENT_WRITES)),
            proxies: ProxySettings {
                https: reading.proxy(&vars::HTTPS_PROXY),
                http: reading.proxy(&vars::HTTP_PROXY),
                except: reading.value(&vars::NO_PROXY.once(), parse::text),
            },
            system_roots: system_roots(reading),
        }
    }
}

fn system_roots(reading: &mut Reading) -> Option<Vec<Vec<u8>>> {
    let file = reading.pem_file(&vars::SSL_CERT_FILE.once(), "CERTIFICATE");
    let directories = reading.pem_directories(&vars::SSL_CERT_DIR.once(), "CERTIFICATE");
    let given = file.is_some() || directories.is_some();
    given.then(|| file.into_iter().chain(directories.unwrap_or_default()).collect())
}

impl LogSettings {
    fn read(reading: &mut Reading) -> Self {
        Self {
            level: reading.one_of(&vars::LOG_LEVEL, LEVELS).unwrap_or(Level::INFO),
            encoding: reading.one_of(&vars::LOG_ENCODE, ENCODINGS),
        }
    }
}

impl OutputSettings {
    fn read(reading: &mut Reading) -> Self {
        Self {
            format: reading.value(&vars::OUTPUT.once(), output_format).unwrap_or_default(),
            report_file: reading.value(&vars::REPORT_FILE.once(), report_file),
            color: !reading.is_set(&vars::NO_COLOR.once()),
        }
    }
}

/// The common forms of variables that are not per side.
impl Reading<'_> {
    fn boolean(&mut self, variable: &'static Variable) -> bool {
        self.value(&variable.once(), parse::boolean).unwrap_or_default()
    }

    fn whole<T: TryFrom<u32> + Default>(&mut self, variable: &'static Variable) -> T {
        self.value(&variable.once(), parse::whole(variable.values)).unwrap_or_default()
    }

    fn time(&mut self, variable: &'static Variable) -> Option<Duration> {
        self.value(&variable.once(), parse::time(variable.values))
    }

    fn one_of<T: Copy>(&mut self, variable: &'static Variable, words: &[(&str, T)]) -> Option<T> {
        self.value(&variable.once(), parse::one_of(words))
    }

    fn patterns(&mut self, variable: &'static Variable) -> Option<Patterns> {
        self.value(&variable.once(), |text| text.parse::<Patterns>().map_err(|error| error.to_string()))
    }

    /// A password on the command line would stand in the process list.
    fn proxy(&mut self, variable: &'static Variable) -> Option<SecretString> {
        let setting = variable.once();
        if self.is_flag(&setting) && self.text(&setting).is_some_and(|text| text.contains('@')) {
            self.refuse_value(&setting, format!("credentials only in the variable {setting}, never in a flag"));
        }
        self.value(&setting, parse::proxy)
    }
}

fn adopt(text: &str) -> Result<Adopt, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "none" => return Ok(Adopt::None),
        "all" => return Ok(Adopt::All),
        _ => {}
    }
    let patterns: Option<Patterns> = text.parse().ok();
    let is_address = |text: String| text.split('/').count() <= 2 && text.split('/').all(|part| !part.is_empty());
    let listed = patterns.filter(|patterns| patterns.iter().all(|pattern| is_address(pattern.to_string())));
    listed.map(Adopt::Listed).ok_or_else(|| vars::ADOPT.values.expected())
}

/// A user's address, in the one spelling that addresses have.
fn fallback_owner(text: &str) -> Result<String, String> {
    let part = |part: &str| Some(encode(&decode(part.trim()))).filter(|part| !part.is_empty());
    let address = text.split_once('/').and_then(|(registry, user)| {
        let is_one_part = !user.contains('/');
        Some(format!("{}/{}", part(registry)?, part(user)?)).filter(|_| is_one_part)
    });
    address.ok_or_else(|| vars::FALLBACK_OWNER.values.expected())
}

fn allow_empty(text: &str, kinds: &[&str]) -> Result<EmptySource, String> {
    match parse::boolean(text) {
        Ok(true) => Ok(EmptySource::All),
        Ok(false) => Ok(EmptySource::No),
        Err(_) => {
            parse::kinds(kinds)(text).map(EmptySource::Kinds).map_err(|expected| format!("true, false, or {expected}"))
        }
    }
}

fn output_format(text: &str) -> Result<OutputFormat, String> {
    parse::one_of(FORMATS)(text).map_err(|expected| {
        let later = text.trim().eq_ignore_ascii_case("markdown");
        if later { format!("{expected}; this release does not write markdown yet") } else { expected }
    })
}

fn report_file(text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if is_json { Ok(path.to_owned()) } else { Err(vars::REPORT_FILE.values.expected()) }
}
