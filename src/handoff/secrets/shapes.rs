//! The shapes of tokens that their vendors document, and how a text is compared with one.
//!
//! A shape is text that stands for itself, and `{…}` for a run of characters: a letter names the set (see [`set`]), the numbers
//! say how many: `{w36}` exactly, `{w36+}` at least, `{w8-12}` from and to. Runs are greedy and never give anything back.

/// What a token is to a person, and what it looks like. From the vendors' own pages: token formats, "about authentication",
/// changelogs that announce a prefix, and GitHub's list of partner patterns.
pub(super) const SHAPES: &[(&str, &str)] = &[
    ("1Password key", "A3-{u6}-{u6}-{u5}-{u5}-{u5}-{u5}"),
    ("1Password key", "A3-{u6}-{u11}-{u5}-{u5}-{u5}"),
    ("1Password token", "ops_eyJ{s80+}"),
    ("Adobe secret", "p8e-{w32}"),
    ("age key", "AGE-SECRET-KEY-1{u58}"),
    ("Airtable token", "pat{w14}.{x64}"),
    ("Alibaba Cloud key", "LTAI{w12-26}"),
    ("Anthropic key", "sk-ant-{k32+}"),
    ("Artifactory token", "AKCp{w69+}"),
    ("Artifactory token", "cmVmd{w59}"),
    ("Asana token", "1/{d13-20}:{x32}"),
    ("Atlassian token", "ATATT3{t60+}"),
    ("Atlassian token", "ATCTT3{t60+}"),
    ("Atlassian token", "ATBB{w32}"),
    ("Authress key", "sc_{w5-30}.{w4-6}.acc{t40+}"),
    ("Authress key", "ext_{w5-30}.{w4-6}.acc{t40+}"),
    ("Authress key", "scauth_{w5-30}.{w4-6}.acc{t40+}"),
    ("Authress key", "authress_{w5-30}.{w4-6}.acc{t40+}"),
    ("AWS access key", "AKIA{u16}"),
    ("AWS access key", "ASIA{u16}"),
    ("AWS access key", "ABIA{u16}"),
    ("AWS access key", "ACCA{u16}"),
    ("AWS access key", "A3T{u17}"),
    ("AWS Bedrock key", "ABSK{s100+}"),
    ("AWS Bedrock key", "bedrock-api-key-{s20+}"),
    ("Azure DevOps token", "{w76}AZDO{w4}"),
    ("Azure key", "{w52}JQQJ99{w26}"),
    ("Azure client secret", "{o3}{d1}Q~{o31-34}"),
    ("bearer token", "Bearer {t16+}"),
    ("bearer token", "bearer {t16+}"),
    ("Clojars token", "CLOJARS_{w60}"),
    ("Clojars token", "clojars_{w60}"),
    ("ClickHouse key", "4b1d{w38}"),
    ("Cloudflare token", "cfut_{w40+}"),
    ("Cloudflare token", "cfat_{w40+}"),
    ("Cloudflare key", "cfk_{w40+}"),
    ("Cloudflare key", "v1.0-{x24}-{x146}"),
    ("crates.io token", "cio{w32}"),
    ("Databricks token", "dapi{x32}"),
    ("DigitalOcean token", "dop_v1_{x64}"),
    ("DigitalOcean token", "doo_v1_{x64}"),
    ("DigitalOcean token", "dor_v1_{x64}"),
    ("Discord token", "M{k23-27}.{k6}.{k27+}"),
    ("Discord token", "N{k23-27}.{k6}.{k27+}"),
    ("Discord token", "O{k23-27}.{k6}.{k27+}"),
    ("Discord token", "mfa.{k80+}"),
    ("Discord webhook", "discord.com/api/webhooks/{d16-20}/{k60+}"),
    ("Discord webhook", "discordapp.com/api/webhooks/{d16-20}/{k60+}"),
    ("Docker Hub token", "dckr_pat_{k27+}"),
    ("Docker Hub token", "dckr_oat_{k27+}"),
    ("Doppler token", "dp.pt.{w40+}"),
    ("Doppler token", "dp.ct.{w40+}"),
    ("Doppler token", "dp.sa.{w40+}"),
    ("Doppler token", "dp.st.{t40+}"),
    ("Doppler token", "dp.scim.{w40+}"),
    ("Doppler token", "dp.audit.{w40+}"),
    ("Dropbox token", "sl.{k130+}"),
    ("Duffel token", "duffel_live_{t43}"),
    ("Duffel token", "duffel_test_{t43}"),
    ("Dynatrace token", "dt0c01.{w24}.{w64}"),
    ("Dynatrace token", "dt0s16.{w24}.{w64}"),
    ("EasyPost key", "EZAK{w54}"),
    ("EasyPost key", "EZTK{w54}"),
    ("Facebook token", "EAA{w80+}"),
    ("Facebook token", "{d15-16}|{k27-40}"),
    ("Facebook token", "{d15-16}%7C{k27-40}"),
    ("Facebook token", "{d15-16}%{k27-40}"),
    ("Figma token", "figd_{k40+}"),
    ("Flutterwave key", "FLWSECK_TEST-{w12-32}"),
    ("Flutterwave key", "FLWSECK-{w32}"),
    ("Flutterwave key", "FLWPUBK_TEST-{w32}"),
    ("Fly.io token", "fo1_{k43}"),
    ("Fly.io token", "fm1a_{s100+}"),
    ("Fly.io token", "fm1r_{s100+}"),
    ("Fly.io token", "fm2_{s100+}"),
    ("Frame.io token", "fio-u-{t64}"),
    ("GitHub token", "ghp_{w36+}"),
    ("GitHub token", "gho_{w36+}"),
    ("GitHub token", "ghu_{w36+}"),
    ("GitHub token", "ghs_{j36+}"),
    ("GitHub token", "ghr_{w36+}"),
    ("GitHub token", "github_pat_{m60+}"),
    ("GitLab token", "glpat-{j20+}"),
    ("GitLab token", "gldt-{k20+}"),
    ("GitLab token", "glft-{k20+}"),
    ("GitLab token", "glrt-{j20+}"),
    ("GitLab token", "glrtr-{j20+}"),
    ("GitLab token", "glptt-{k20+}"),
    ("GitLab token", "glcbt-{j20+}"),
    ("GitLab token", "glimt-{k20+}"),
    ("GitLab token", "gloas-{k40+}"),
    ("GitLab token", "glsoat-{k20+}"),
    ("GitLab token", "glagent-{k50+}"),
    ("GitLab token", "glffct-{k20+}"),
    ("GitLab token", "glwt-{k20+}"),
    ("GitLab token", "GR1348941{k20+}"),
    ("Google key", "AIza{k35}"),
    ("Google secret", "GOCSPX-{k28}"),
    ("Google token", "ya29.{k20+}"),
    ("Google token", "1//0{k40+}"),
    ("Grafana token", "glsa_{w32}_{X8}"),
    ("Grafana token", "glc_{s32+}"),
    ("Grafana token", "eyJrIjoi{s60+}"),
    ("Groq key", "gsk_{w50+}"),
    ("Harness token", "pat.{k22}.{w24}.{w20}"),
    ("Harness token", "sat.{k22}.{w24}.{w20}"),
    ("Heroku key", "HRKU-{k36+}"),
    ("Hugging Face token", "hf_{w34+}"),
    ("Hugging Face token", "api_org_{w34+}"),
    ("Infracost key", "ico-{w32}"),
    ("42 secret", "s-s4t2ud-{x64}"),
    ("42 secret", "s-s4t2af-{x64}"),
    ("JSON web token", "eyJ{k14+}.eyJ{k14+}.{r10+}"),
    ("JSON web token", "eyJ{k14+}.eyJ{k14+}."),
    ("JSON web token", "ey{w17+}.ey{r17+}.{r10+}"),
    ("JSON web token", "ey{w17+}.ey{r17+}."),
    ("JSON web token", "eyJ{k14+}.{k0+}.{k10+}.{k10+}.{k10+}"),
    ("JSON web token", "ZXlK{s70+}"),
    ("LangSmith key", "lsv2_pt_{m32+}"),
    ("LangSmith key", "lsv2_sk_{m32+}"),
    ("Linear key", "lin_api_{w32+}"),
    ("Linear key", "lin_oauth_{w32+}"),
    ("Mailchimp key", "{x32}-us{d1-2}"),
    ("Mailgun key", "key-{x32}"),
    ("Mailgun key", "{x32}-{x8}-{x8}"),
    ("Mapbox token", "sk.eyJ{j60+}"),
    ("MaxMind key", "{w6}_{w29}_mmk"),
    ("Microsoft Teams webhook", "{l1-40}.webhook.office.com/webhookb2/{p60+}"),
    ("Netlify token", "nfp_{w36+}"),
    ("Netlify token", "nfc_{w36+}"),
    ("Netlify token", "nfo_{w36+}"),
    ("New Relic key", "NRAK-{u27}"),
    ("New Relic key", "NRII-{k32}"),
    ("New Relic key", "NRJS-{x19}"),
    ("New Relic key", "NRRA-{x42}"),
    ("Notion token", "ntn_{w40+}"),
    ("Notion token", "secret_{w43}"),
    ("npm token", "npm_{w36}"),
    ("NuGet key", "oy2{l43}"),
    ("Octopus key", "API-{u26}"),
    ("OpenAI key", "sk-proj-{k40+}"),
    ("OpenAI key", "sk-svcacct-{k40+}"),
    ("OpenAI key", "sk-admin-{k40+}"),
    ("OpenAI key", "sk-{w32+}"),
    ("OpenRouter key", "sk-or-v1-{x64}"),
    ("OpenShift token", "sha256~{k43}"),
    ("Perplexity key", "pplx-{w40+}"),
    ("PlanetScale token", "pscale_tkn_{t32+}"),
    ("PlanetScale token", "pscale_oauth_{t32+}"),
    ("PlanetScale password", "pscale_pw_{t32+}"),
    ("Postman key", "PMAK-{X24}-{X34}"),
    ("Prefect key", "pnu_{w36}"),
    ("Pulumi token", "pul-{x40}"),
    ("PyPI token", "pypi-AgE{k50+}"),
    ("ReadMe key", "rdme_{l70}"),
    ("Replicate token", "r8_{w37}"),
    ("RubyGems key", "rubygems_{x48}"),
    ("Scalingo token", "tk-us-{k48}"),
    ("SendGrid key", "SG.{t66}"),
    ("Sendinblue key", "xkeysib-{x64}-{w16}"),
    ("Sentry token", "sntrys_{t60+}"),
    ("Sentry token", "sntryu_{x64}"),
    ("Sentry token", "sntryi_{x64}"),
    ("SettleMint token", "sm_aat_{w16}"),
    ("SettleMint token", "sm_pat_{w16}"),
    ("SettleMint token", "sm_sat_{w16}"),
    ("Shippo token", "shippo_live_{X40}"),
    ("Shippo token", "shippo_test_{X40}"),
    ("Shopify token", "shpat_{X32}"),
    ("Shopify token", "shpca_{X32}"),
    ("Shopify token", "shppa_{X32}"),
    ("Shopify token", "shpua_{X32}"),
    ("Shopify secret", "shpss_{X32}"),
    ("Slack token", "xoxb-{k20+}"),
    ("Slack token", "xoxp-{k20+}"),
    ("Slack token", "xoxe-{k20+}"),
    ("Slack token", "xoxa-{k8+}"),
    ("Slack token", "xoxr-{k8+}"),
    ("Slack token", "xoxo-{k8+}"),
    ("Slack token", "xoxs-{k8+}"),
    ("Slack token", "xoxc-{k20+}"),
    ("Slack token", "xoxd-{p20+}"),
    ("Slack token", "xoxe.xoxb-{k40+}"),
    ("Slack token", "xoxe.xoxp-{k40+}"),
    ("Slack token", "xapp-{d1}-{k16+}"),
    ("Slack webhook", "hooks.slack.com/services/{b30+}"),
    ("Slack webhook", "hooks.slack.com/workflows/{b30+}"),
    ("Slack webhook", "hooks.slack.com/triggers/{b30+}"),
    ("Sonar token", "sqp_{x40}"),
    ("Sonar token", "squ_{x40}"),
    ("Sonar token", "sqa_{x40}"),
    ("Sourcegraph token", "sgp_{X40}"),
    ("Sourcegraph token", "sgp_local_{X40}"),
    ("Sourcegraph token", "sgp_{X16}_{X40}"),
    ("Square token", "EAAA{k60}"),
    ("Square token", "EAAA{k22-59}"),
    ("Square token", "sq0atp-{k22+}"),
    ("Square secret", "sq0csp-{k40+}"),
    ("Stripe key", "sk_live_{w10+}"),
    ("Stripe key", "sk_test_{w10+}"),
    ("Stripe key", "sk_prod_{w10+}"),
    ("Stripe key", "rk_live_{w10+}"),
    ("Stripe key", "rk_test_{w10+}"),
    ("Stripe key", "rk_prod_{w10+}"),
    ("Stripe webhook secret", "whsec_{s24+}"),
    ("Supabase key", "sb_secret_{k20+}"),
    ("Supabase token", "sbp_{x40}"),
    ("Supabase token", "sbp_oauth_{x40}"),
    ("Tailscale key", "tskey-{k24+}"),
    ("Telegram token", "{d5-16}:A{k34}"),
    ("Terraform token", "{w14}.atlasv1.{t60+}"),
    ("Twilio key", "SK{X32}"),
    ("Twitter token", "AAAAAAAAAAAAAAAAAAAA{p60+}"),
    ("Typeform token", "tfp_{t40+}"),
    ("Vault token", "hvs.{k24+}"),
    ("Vault token", "hvb.{k24+}"),
    ("Vault token", "hvr.{k24+}"),
    ("Vault token", "s.{w24}"),
    ("Vercel token", "vcp_{w24+}"),
    ("Vercel token", "vci_{w24+}"),
    ("Vercel token", "vca_{w24+}"),
    ("Vercel token", "vcr_{w24+}"),
    ("Vercel token", "vck_{w24+}"),
    ("Vercel token", "vercel_blob_rw_{m30+}"),
    ("xAI key", "xai-{w60+}"),
    ("Yandex token", "t1.{t100+}"),
    ("Yandex key", "AQVN{k35-38}"),
    ("Yandex key", "YC{k38}"),
];

const DIGIT: u16 = 1;
const LOWER_HEX: u16 = 2;
const LOWER: u16 = 4;
const UPPER_HEX: u16 = 8;
const UPPER: u16 = 16;
const UNDERSCORE: u16 = 32;
const HYPHEN: u16 = 64;
const DOT: u16 = 128;
const PLUS_SLASH: u16 = 256;
const EQUALS: u16 = 512;
const TILDE: u16 = 1024;
const AT_PERCENT: u16 = 2048;
const ALPHANUMERIC: u16 = DIGIT | LOWER_HEX | LOWER | UPPER_HEX | UPPER;

const KINDS: [u16; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => LOWER_HEX,
            b'g'..=b'z' => LOWER,
            b'A'..=b'F' => UPPER_HEX,
            b'G'..=b'Z' => UPPER,
            b'_' => UNDERSCORE,
            b'-' => HYPHEN,
            b'.' => DOT,
            b'+' | b'/' => PLUS_SLASH,
            b'=' => EQUALS,
            b'~' => TILDE,
            b'@' | b'%' => AT_PERCENT,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// The set that a letter names in a shape.
const fn set(letter: u8) -> u16 {
    match letter {
        b'd' => DIGIT,
        b'x' => DIGIT | LOWER_HEX,
        b'X' => DIGIT | LOWER_HEX | UPPER_HEX,
        b'l' => DIGIT | LOWER_HEX | LOWER,
        b'u' => DIGIT | UPPER_HEX | UPPER,
        b'w' => ALPHANUMERIC,
        b'm' => ALPHANUMERIC | UNDERSCORE,
        b'k' => ALPHANUMERIC | UNDERSCORE | HYPHEN,
        b'j' => ALPHANUMERIC | UNDERSCORE | HYPHEN | DOT,
        b'r' => ALPHANUMERIC | UNDERSCORE | HYPHEN | PLUS_SLASH | EQUALS,
        b'o' => ALPHANUMERIC | UNDERSCORE | HYPHEN | DOT | TILDE,
        b'b' => ALPHANUMERIC | PLUS_SLASH,
        b's' => ALPHANUMERIC | PLUS_SLASH | EQUALS,
        b'p' => ALPHANUMERIC | UNDERSCORE | HYPHEN | PLUS_SLASH | AT_PERCENT,
        _ => ALPHANUMERIC | UNDERSCORE | HYPHEN | DOT | TILDE | PLUS_SLASH | EQUALS,
    }
}

/// Whether a byte is a letter or a digit of ASCII.
pub(super) fn is_alphanumeric(byte: u8) -> bool {
    KINDS[usize::from(byte)] & ALPHANUMERIC != 0
}

/// Whether a byte may stand in a token of RFC 7235.
pub(super) fn is_token(byte: u8) -> bool {
    KINDS[usize::from(byte)] & set(b't') != 0
}

/// The byte at a place; 0 beyond the ends.
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Reads `{w8-12}` from after its brace: the set, the least, the most, and how long it is with its closing brace.
const fn run(shape: &[u8], at: usize) -> (u16, usize, usize, usize) {
    let kinds = set(shape[at]);
    let (mut from, mut number, mut next) = (None, 0, at + 1);
    loop {
        match shape[next] {
            digit @ b'0'..=b'9' => number = number * 10 + (digit - b'0') as usize,
            b'-' => {
                from = Some(number);
                number = 0;
            }
            b'+' => {
                from = Some(number);
                number = usize::MAX;
            }
            _ => break,
        }
        next += 1;
    }
    let least = match from {
        Some(least) => least,
        None => number,
    };
    (kinds, least, number, next + 1 - at)
}

/// How far the text matches the shape from there on, and where the shape's first run begins.
fn matches(shape: &[u8], text: &[u8], start: usize) -> Option<(usize, usize)> {
    let (mut at, mut end, mut secret) = (0, start, 0);
    while let Some(&wanted) = shape.get(at) {
        if wanted != b'{' {
            // JSON may write a slash as `\/`.
            if wanted == b'/' && byte(text, end) == b'\\' {
                end += 1;
            }
            if byte(text, end) != wanted {
                return None;
            }
            (at, end) = (at + 1, end + 1);
            continue;
        }
        if secret == 0 {
            secret = end;
        }
        let (kinds, least, most, length) = run(shape, at + 1);
        at += 1 + length;
        let mut count = 0;
        while count < most {
            if KINDS[usize::from(byte(text, end))] & kinds == 0 {
                // JSON may write a slash as `\/`.
                let is_escape =
                    kinds == set(b'r') && byte(text, end) == b'\\' && !b"nrtbfu".contains(&byte(text, end + 1));
                if !is_escape || KINDS[usize::from(byte(text, end + 1))] & kinds == 0 {
                    break;
                }
                end += 1;
            }
            (count, end) = (count + 1, end + 1);
        }
        // What goes on beyond the last run is something longer.
        let goes_on =
            at == shape.len() && most != usize::MAX && KINDS[usize::from(byte(text, end))] & kinds & ALPHANUMERIC != 0;
        if count < least || goes_on {
            return None;
        }
    }
    while end > start && byte(text, end - 1) == b'.' && shape.last() == Some(&b'}') {
        end -= 1;
    }
    Some((end, secret))
}

/// How many bytes the runs have that a shape begins with, least and most, and where the text begins that it is told by.
const fn lead(shape: &[u8]) -> (usize, usize, usize) {
    let (mut shortest, mut longest, mut at) = (0, 0, 0);
    while at < shape.len() && shape[at] == b'{' {
        let (_, least, most, length) = run(shape, at + 1);
        (shortest, longest) = (shortest + least, longest + most);
        at += 1 + length;
    }
    (shortest, longest, at)
}

/// For every byte the first of the shapes whose own text begins with it, for every shape the next one; counted from 1. The
/// shapes that begin a word stand apart from those that are told by something in their middle.
struct Chains {
    words: [u8; 256],
    middles: [u8; 256],
    next: [u8; SHAPES.len()],
    leads: [(u8, u8, u8, u8); SHAPES.len()],
    /// For every byte a bit for each that may follow, by its last five bits.
    seconds: [u32; 256],
}

const CHAINS: Chains = {
    let mut chains = Chains {
        words: [0; 256],
        middles: [0; 256],
        next: [0; SHAPES.len()],
        leads: [(0, 0, 0, 0); SHAPES.len()],
        seconds: [0; 256],
    };
    let mut index = SHAPES.len();
    while index > 0 {
        index -= 1;
        let shape = SHAPES[index].1.as_bytes();
        let (least, most, told_by) = lead(shape);
        chains.leads[index] = (least as u8, most as u8, shape[told_by], shape[told_by + 1]);
        let second = shape[told_by + 1];
        chains.seconds[shape[told_by] as usize] |= if second == b'{' { u32::MAX } else { 1 << (second & 31) };
        let heads = if most == 0 { &mut chains.words } else { &mut chains.middles };
        let head = shape[told_by] as usize;
        chains.next[index] = heads[head];
        heads[head] = index as u8 + 1;
    }
    chains
};

/// Whether a shape may be told by that byte and the one after it.
pub(super) fn may_begin(byte: u8, next: u8) -> bool {
    CHAINS.seconds[usize::from(byte)] >> (next & 31) & 1 != 0
}

/// Whether anything is told by that byte.
pub(super) const fn begins(byte: u8) -> bool {
    CHAINS.seconds[byte as usize] != 0
}

/// Whether a word can begin there: before it is no letter or digit, or one that belongs to an escape: `\n`, `\u001b[31m`, `%3D`.
pub(super) fn is_boundary(text: &[u8], at: usize) -> bool {
    // Before the beginning there is nothing: `byte` is 0 there.
    let back = |count| byte(text, at.wrapping_sub(count));
    let last = back(1);
    if !is_alphanumeric(last) {
        return true;
    }
    if back(2) == b'\\' {
        return b"nrtbf".contains(&last);
    }
    let is_colour = || last == b'm' && (2..8).any(|count| back(count) == b'[');
    back(3) == b'%' || back(6) == b'\\' && back(5) == b'u' || is_colour()
}

/// The longest token at that place that has a shape: its kind, start and end. The place is where the token begins, or the text
/// in its middle that it is told by.
pub(super) fn at(text: &[u8], at: usize) -> Option<(&'static str, usize, usize)> {
    let here = usize::from(byte(text, at));
    let mut longest = None;
    if CHAINS.words[here] != 0 && is_boundary(text, at) {
        follow(CHAINS.words[here], text, at, &mut longest);
    }
    follow(CHAINS.middles[here], text, at, &mut longest);
    longest
}

fn follow(mut next: u8, text: &[u8], at: usize, longest: &mut Option<(&'static str, usize, usize)>) {
    while let Some(index) = usize::from(next).checked_sub(1) {
        next = CHAINS.next[index];
        let (least, most, first, second) = CHAINS.leads[index];
        if second != b'{' && second != byte(text, at + 1) && first != b'/' {
            continue;
        }
        let (kind, shape) = SHAPES[index];
        let shape = shape.as_bytes();
        for before in least..=most {
            let Some(start) = at.checked_sub(before.into()) else { break };
            if before > 0 && !is_boundary(text, start) {
                continue;
            }
            let Some((end, secret)) = matches(shape, text, start) else { continue };
            // Of "Bearer x", x is the secret.
            let is_scheme = shape.contains(&b' ');
            let start = if is_scheme { secret } else { start };
            if longest.is_none_or(|(_, _, known)| known < end)
                && text.get(secret..end).is_some_and(|value| super::values::is_made(value, is_scheme))
            {
                *longest = Some((kind, start, end));
            }
            break;
        }
    }
}
