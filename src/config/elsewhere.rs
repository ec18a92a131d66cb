//! Where the same is said in other words: variables of the environment, and keys of other programs.

/// Variables that say the same as a key, and win over every file. None of them is a price.
pub(crate) const VARIABLES: [(&str, &str); 6] = [
    ("DUES_STATE_DIR", "daemon.state_dir"),
    ("DUES_SOCKET", "daemon.socket"),
    ("DUES_LOG", "daemon.log"),
    ("DUES_GATEWAY_BASE_URL", "gateway.base_url"),
    ("DUES_IMP_KEY_FILE", "gateway.imp_key_file"),
    ("DUES_IMP_SECRET_FILE", "gateway.imp_secret_file"),
];

/// Words from other programs and from other places, and what to write here instead.
pub(crate) const ELSEWHERE: [(&str, &str); 7] = [
    (
        "gateway.imp_secret",
        "put it into a file of mode 0600 and name the file: imp_secret_file",
    ),
    ("plans.*.price", "write amount, a whole number of won"),
    ("plans.*.currency", "leave it out: every amount is in won"),
    ("plans.*.interval", "write every, such as \"1 month\""),
    ("plans.*.period", "write every, such as \"1 month\""),
    (
        "plans.*.retries",
        "write a [dunning.NAME] table, and dunning = \"NAME\" here",
    ),
    ("webhook", "leave it out: dues asks the gateway itself"),
];
