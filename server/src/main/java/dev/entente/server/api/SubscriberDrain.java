package dev.entente.server.api;

import dev.entente.server.api.wire.Errors;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.decision.Act;
import dev.entente.server.engine.HeldElsewhere;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ends what is on its way to a subscriber that has gone, once. Messages change hands meanwhile: one that another
 * coordinator holds may rest before that one is asked, and be claimed by a third. So whoever was asked first looks
 * again at each that was held elsewhere, until its row says that nothing of it is left. Used by one thread, which it
 * blocks.
 */
final class SubscriberDrain {
    private static final int AT_ONCE = 500;
    private static final int MOST_ROUNDS = 5;
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final Records records;
    private final Transactions transactions;
    private final Act.Drop act;
    private final CallOrigin origin;
    private final Set<Long> owners = new HashSet<>();
    private int dropped;
    private @Nullable Refusal refused;

    SubscriberDrain(Records records, Transactions transactions, Act.Drop act, CallOrigin origin) {
        this.records = records;
        this.transactions = transactions;
        this.act = act;
        this.origin = origin;
    }

    /**
     * Drops the deliveries of messages that are held here, or by nobody. The caller asks the other holders.
     *
     * @return of how many messages something was dropped
     * @throws Refusal if something stays that no asking again will end
     */
    int dropHere() {
        scan();
        return result();
    }

    /**
     * All of it.
     *
     * @param elsewhere makes that coordinator drop what it holds; answers of how many messages
     * @return of how many messages something was dropped
     * @throws Refusal if something stays, with the time to wait where asking again may end it
     */
    int dropEverywhere(LongToIntFunction elsewhere) {
        List<String> left = scan();
        for (int round = 1; !left.isEmpty(); round++) {
            if (round == MOST_ROUNDS) {
                throw Refusal.temporary(
                        ErrorCode.OWNER_UNREACHABLE,
                        left.size() + " messages with a delivery on its way to it are changing hands, such as '"
                                + left.getFirst() + "'; repeat it",
                        SHORTLY);
            }
            for (long owner : Set.copyOf(owners)) {
                dropped += elsewhere.applyAsInt(owner);
            }
            owners.clear();
            left = heldElsewhere(left);
        }
        return result();
    }

    private int result() {
        if (refused != null) {
            throw refused;
        }
        return dropped;
    }

    private List<String> scan() {
        List<String> left = new ArrayList<>();
        String after = "";
        List<String> gids;
        do {
            gids = records.messagesTo(PlanBytes.subscriberIn(act.topic(), act.subscriber()), after, AT_ONCE)
                    .join();
            left.addAll(heldElsewhere(gids));
            after = gids.isEmpty() ? after : gids.getLast();
        } while (gids.size() == AT_ONCE);
        return left;
    }

    private List<String> heldElsewhere(List<String> gids) {
        List<String> elsewhere = new ArrayList<>();
        for (String gid : gids) {
            try {
                transactions.act(gid, act, origin).join();
                dropped++;
            } catch (CompletionException failed) {
                switch (Errors.unwrap(failed)) {
                    case HeldElsewhere held -> {
                        owners.add(held.owner());
                        elsewhere.add(gid);
                    }
                    case Refusal refusal when refusal.retryAfter() == null -> note(gid, refusal);
                    default -> throw failed;
                }
            }
        }
        return elsewhere;
    }

    /** Remembers the first failure and lets the others go on. A message that has ended meanwhile is no failure. */
    private void note(String gid, Refusal refusal) {
        boolean isOver = refusal.code() == ErrorCode.DECIDED || refusal.code() == ErrorCode.NOT_FOUND;
        if (!isOver && refused == null) {
            String why = String.valueOf(refusal.getMessage());
            refused = Refusal.of(
                    refusal.code(),
                    "the subscription is gone, but message '" + gid + "' keeps its delivery: "
                            + why.substring(refusal.code().id().length() + 2));
        }
    }
}
