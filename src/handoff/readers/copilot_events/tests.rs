use super::super::log_tests;

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("copilot-cli", "copilot-cli-events");
}
