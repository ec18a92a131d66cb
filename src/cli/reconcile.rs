//! `dues reconcile`.

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::control::client::Client;
use crate::control::protocol::Reconciled;
use crate::core::counted::counted;

pub(super) async fn reconcile(client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    let found = client.reconcile().await?;
    output.one(&found, || in_words(&found))?;
    Ok(if found.differing + found.unanswered == 0 {
        Exit::Done
    } else {
        Exit::Attention
    })
}

fn in_words(found: &Reconciled) -> String {
    let (compared, unanswered) = (found.compared, found.unanswered);
    let compared = counted(compared, "cycle");
    let differing = match found.differing {
        0 => "nothing differs".to_owned(),
        1 => "1 differs: it is on record now, `dues export events` names it".to_owned(),
        many => format!("{many} differ: they are on record now, `dues export events` names them"),
    };
    let silent = if unanswered > 0 {
        format!("; about {unanswered} the gateway did not answer: try again later")
    } else {
        String::new()
    };
    format!(
        "compared {compared} of the last 35 days with the gateway's books: {differing}{silent}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_it_is_told_in_one_line() {
        let say = |compared, differing, unanswered| {
            in_words(&Reconciled {
                compared,
                differing,
                unanswered,
            })
        };
        expect_test::expect![[r"
            compared 1 cycle of the last 35 days with the gateway's books: nothing differs
            compared 900 cycles of the last 35 days with the gateway's books: 2 differ: they are on record now, `dues export events` names them; about 3 the gateway did not answer: try again later
        "]]
        .assert_eq(&(say(1, 0, 0) + &say(900, 2, 3)));
    }
}
