package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.Preview;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an act would meet.
 *
 * @param transaction as its mailbox has it, or made of its row
 * @param opening what happens before the act, or null
 * @param shown the same for people
 */
record Standing(GlobalTransaction transaction, @Nullable Event opening, Snapshot shown) {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    Previewed preview(Act act, Engine engine) {
        Instant now = engine.world.now();
        Preview found = Preview.of(transaction, opening, act, now, engine.decider);
        GlobalTransaction after = found.after();
        boolean isUntouched =
                after.progress().revision() == transaction.progress().revision()
                        && !after.custody().isHeld();
        Instant due = isUntouched && found.nextAt() == null ? shown.dueAt() : found.nextAt();
        Snapshot then = Snapshots.live(after, after.custody().rev(), engine.store.incarnation(), due, now);
        return new Previewed(shown, found, then);
    }

    static Refusal actUnderWay() {
        return Refusal.temporary(
                ErrorCode.CALLS_UNDER_WAY,
                "another act on it waits for calls under way; nothing was looked at: preview it again then",
                SHORTLY);
    }
}
