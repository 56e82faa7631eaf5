package dev.entente.server.api;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.engine.HeldElsewhere;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.admin.Subscriptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ends what is on its way to a subscriber that has gone, once: first all that may end at once, everywhere, then what a
 * call is under way for. Messages change hands meanwhile: one that another coordinator holds may rest before that one is
 * asked, and be claimed by a third. So whoever was asked first looks again at each that was held elsewhere, until its
 * row says that nothing of it is left. Used by one thread, which it blocks.
 */
final class SubscriberDrain {
    private static final int PAGE = 500;
    /** Few enough to leave others room among the reads of rows, and in memory. */
    private static final int AT_ONCE = 32;

    private static final int MOST_ROUNDS = 5;
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final Subscriptions topics;
    private final Transactions transactions;
    private final Act.Drop act;
    private final CallOrigin origin;
    private final Set<Long> owners = new HashSet<>();
    private final List<Offer> underWay = new ArrayList<>();
    private int dropped;
    private @Nullable Refusal refused;
    private @Nullable Refusal postponed;
    private @Nullable CompletionException failedElsewhere;

    private record Offer(String gid, CompletableFuture<Snapshot> answer) {}

    /** @param act waits for calls that are under way */
    SubscriberDrain(Subscriptions topics, Transactions transactions, Act.Drop act, CallOrigin origin) {
        this.topics = topics;
        this.transactions = transactions;
        this.act = act;
        this.origin = origin;
    }

    /**
     * Drops the deliveries of messages that are held here, or by nobody. The caller asks the other holders.
     *
     * @return of how many messages something was dropped
     * @throws Refusal if something stays, with the time to wait where asking again may end it
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
    int dropEverywhere(LongFunction<CompletableFuture<Integer>> elsewhere) {
        List<String> left = scan();
        for (int round = 1; !left.isEmpty() && failedElsewhere == null; round++) {
            if (round == MOST_ROUNDS) {
                throw Refusal.temporary(
                        ErrorCode.OWNER_UNREACHABLE,
                        left.size() + " messages with a delivery on its way to it are changing hands, such as '"
                                + left.getFirst() + "'; repeat it",
                        SHORTLY);
            }
            List<CompletableFuture<Integer>> answers =
                    owners.stream().map(elsewhere::apply).toList();
            answers.forEach(this::add);
            owners.clear();
            left = dropAtOnce(left);
        }
        return result();
    }

    /** Adds what another coordinator dropped. One that fails keeps no other from it. */
    private void add(CompletableFuture<Integer> answer) {
        try {
            dropped += answer.join();
        } catch (CompletionException failed) {
            failedElsewhere = failedElsewhere == null ? failed : failedElsewhere;
        }
    }

    private int result() {
        underWay.forEach(this::settle);
        if (refused != null) {
            throw refused;
        }
        if (failedElsewhere != null) {
            throw failedElsewhere;
        }
        if (postponed != null) {
            throw postponed;
        }
        return dropped;
    }

    /** @return which messages other coordinators hold */
    private List<String> scan() {
        List<String> left = new ArrayList<>();
        String after = "";
        List<String> gids;
        do {
            gids = topics.openTo(PlanBytes.subscriberIn(act.topic(), act.subscriber()), after, PAGE)
                    .join();
            left.addAll(dropAtOnce(gids));
            after = gids.isEmpty() ? after : gids.getLast();
        } while (gids.size() == PAGE);
        return left;
    }

    private List<String> dropAtOnce(List<String> gids) {
        List<String> elsewhere = new ArrayList<>();
        for (int i = 0; i < gids.size(); i += AT_ONCE) {
            List<Offer> offers = gids.subList(i, Math.min(i + AT_ONCE, gids.size())).stream()
                    .map(gid -> offer(gid, false))
                    .toList();
            offers.stream().filter(this::isHeldElsewhere).map(Offer::gid).forEach(elsewhere::add);
        }
        return elsewhere;
    }

    /** Tells so, or takes the answer in; a message with a call under way is held back from now on, and awaited later. */
    private boolean isHeldElsewhere(Offer offer) {
        try {
            offer.answer().join();
            dropped++;
            return false;
        } catch (CompletionException failed) {
            switch (Errors.unwrap(failed)) {
                case HeldElsewhere held -> {
                    owners.add(held.owner());
                    return true;
                }
                case Refusal refusal
                when refusal.code() == ErrorCode.CALLS_UNDER_WAY -> underWay.add(offer(offer.gid(), true));
                case Refusal refusal -> note(offer.gid(), refusal);
                default -> throw failed;
            }
            return false;
        }
    }

    private Offer offer(String gid, boolean waits) {
        Act.Drop drop = new Act.Drop(act.topic(), act.subscriber(), waits, act.actor(), act.reason());
        return new Offer(gid, transactions.act(gid, drop, origin));
    }

    /** Takes an awaited answer in, and tries once more what was awaited in vain: it may be free by now. */
    private void settle(Offer waiting) {
        boolean isDropped =
                waiting.answer().handle((_, failure) -> failure == null).join();
        Offer last = isDropped ? waiting : offer(waiting.gid(), false);
        try {
            last.answer().join();
            dropped++;
        } catch (CompletionException failed) {
            switch (Errors.unwrap(failed)) {
                case HeldElsewhere _ ->
                    note(waiting.gid(), Refusal.temporary(ErrorCode.OWNER_UNREACHABLE, "it changes hands", SHORTLY));
                case Refusal refusal -> note(waiting.gid(), refusal);
                default -> throw failed;
            }
        }
    }

    /** Remembers the first failure and lets the others go on. A message that has ended meanwhile is no failure. */
    private void note(String gid, Refusal refusal) {
        if (refusal.code() == ErrorCode.DECIDED || refusal.code() == ErrorCode.NOT_FOUND) {
            return;
        }
        String why = "the subscription is gone, but message '" + gid + "' keeps its delivery: "
                + String.valueOf(refusal.getMessage())
                        .substring(refusal.code().id().length() + 2);
        Duration retryAfter = refusal.retryAfter();
        if (retryAfter != null) {
            postponed = postponed == null ? Refusal.temporary(refusal.code(), why, retryAfter) : postponed;
        } else if (refused == null) {
            refused = Refusal.of(refusal.code(), why);
        }
    }
}
