package dev.entente.server.engine;

import dev.entente.core.decision.Preview;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The consequence that an act would have.
 *
 * @param before the transaction as it stands, with the fence of its hold
 * @param found what the decider made of the act
 * @param after the transaction as it would stand
 */
public record Previewed(Snapshot before, Preview found, Snapshot after) {

    /** When it would go on by itself; null where only an answer or an act lets it. */
    public @Nullable Instant nextAt() {
        return found.nextAt() == null ? after.dueAt() : found.nextAt();
    }
}
