//! The last step: from typed values to a [`Config`], with the rules that need more than one value.

use crate::config::gateway::Gateway;
use crate::config::plans::{ladders, plans, refuse_at};
use crate::config::problems::{Fault, Report};
use crate::config::raw::{Parsed, Raw, RawBilling, RawDaemon, RawGateway, RawJobs};
use crate::config::{Billing, Config, Daemon, Jobs, duration, night};
use crate::config::{codes, coupons, guard};
use crate::core::window::Window;

/// The longest address of a unix socket on Linux, in bytes, without its closing zero.
const SOCKET_PATH_MAX: usize = 107;

/// Below this, requests are given up that the gateway would still have answered. docs: V2 asks for a
/// read time-out of at least 60 s.
const PATIENT: std::time::Duration = std::time::Duration::from_mins(1);

/// Builds everything but the credentials. What is wrong goes to the report.
pub(crate) fn build(raw: Raw, report: &mut Report) -> Config {
    let billing = billing(raw.billing, report);
    let ladders = ladders(raw.dunning);
    let mut plans = plans(raw.plans, &billing, &ladders, report);
    coupons::offer(raw.coupons, &mut plans, report);
    Config {
        daemon: daemon(raw.daemon, report),
        gateway: gateway(raw.gateway, report),
        billing,
        ladders,
        plans,
        guard: guard::caps(&raw.guard),
        jobs: jobs(&raw.jobs),
        warnings: Vec::new(),
    }
}

fn daemon(raw: RawDaemon, report: &mut Report) -> Daemon {
    let length = raw.socket.as_os_str().len();
    if length > SOCKET_PATH_MAX {
        let what = format!("the path has {length} bytes");
        let remedy = format!("a socket's may have {SOCKET_PATH_MAX}: choose a shorter one");
        refuse_at("daemon.socket", &Fault::new(what, remedy), report);
    }
    Daemon {
        state_dir: raw.state_dir,
        socket: raw.socket,
        installation: raw.installation.0,
        operators: raw.operators,
        log: raw.log,
        disk_low_mib: raw.disk_low_mib,
    }
}

fn billing(raw: RawBilling, report: &mut Report) -> Billing {
    let billing = Billing {
        time_zone: raw.time_zone.0,
        charge_window: raw.charge_window.0,
        catch_up: raw.catch_up.0,
        without_consent: raw.without_consent.into(),
    };
    let key = "billing.charge_window";
    if !report.is_sound(key) || !report.is_sound("billing.time_zone") {
        return billing;
    }

    if let Some(what) = night::complaint(billing.charge_window, &billing.time_zone) {
        let remedy = "keep clear of it, such as \"10:00-20:00\" in Asia/Seoul";
        let key = if report.place_of(key).is_some() {
            key
        } else {
            "billing.time_zone"
        };
        refuse_at(key, &Fault::new(what, remedy), report);
    }
    if let (Window::Unguarded, Some(place)) = (billing.charge_window, report.place_of(key).cloned())
    {
        let what = "charges go out at 23:30-00:40 KST too, when cards fail because banks are being maintained";
        let remedy = "choose \"always\" or hours such as \"10:00-20:00\", unless the gateway is a simulated one";
        report.warn(&place, key, &Fault::new(what, remedy));
    }
    billing
}

fn gateway(raw: RawGateway, report: &mut Report) -> Gateway {
    check_patience(&raw, report);
    Gateway {
        base_url: raw.base_url.0.text,
        request_timeout: raw.request_timeout.0,
        quiet_period: raw.quiet_period.0,
        calls_per_second: raw.calls_per_second,
        in_flight_max: raw.in_flight_max,
        mode: raw.mode,
        authorization: raw.authorization,
        merchant_uid_scope: raw.merchant_uid_scope.into(),
        tier: raw.tier.map(|Parsed(tier)| tier.0),
        proxy: raw.proxy.map(|Parsed(proxy)| proxy.0),
        codes: codes::build(raw.codes, report),
    }
}

fn check_patience(raw: &RawGateway, report: &mut Report) {
    let (timeout_key, quiet_key) = ("gateway.request_timeout", "gateway.quiet_period");
    let (timeout, quiet) = (raw.request_timeout.0, raw.quiet_period.0);
    if !report.is_sound(timeout_key) || !report.is_sound(quiet_key) {
        return;
    }

    if quiet <= timeout {
        let (quiet, timeout) = (duration::words(quiet), duration::words(timeout));
        let what = format!("quiet_period {quiet} is not longer than request_timeout {timeout}");
        let remedy =
            "let it be at least twice as long: an answer that is under way must arrive first";
        let key = if report.place_of(quiet_key).is_some() {
            quiet_key
        } else {
            timeout_key
        };
        refuse_at(key, &Fault::new(what, remedy), report);
    }
    if let Some(place) = report.place_of(timeout_key).cloned()
        && timeout < PATIENT
        && !raw.base_url.0.is_loopback
    {
        let what = format!(
            "{} is shorter than the gateway asks for",
            duration::words(timeout)
        );
        let remedy = "write \"60s\" or more: every request given up early becomes a doubt";
        report.warn(&place, timeout_key, &Fault::new(what, remedy));
    }
}

fn jobs(raw: &RawJobs) -> Jobs {
    Jobs {
        reconcile_at: raw.reconcile_at.0,
        backup_at: raw.backup_at.0,
        backups_kept: raw.backups_kept,
        journal_days: raw.journal_days,
    }
}
