package dev.entente.server.api;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.engine.OwnedElsewhere;
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
 * Drops deliveries in progress to a removed subscriber. The order is: first all deliveries without a call in flight, at
 * each coordinator, then deliveries with a call in flight. Owners change meanwhile: a message may be released before
 * its owner receives the request, and then a third coordinator claims the message. Therefore this coordinator checks
 * each message of another owner again, until the row has no delivery. Used by one thread, which it blocks.
 */
final class SubscriberDrain {
    private static final int PAGE = 500;
    /** The number of concurrent requests, which leaves connections and memory for other reads of rows. */
    private static final int AT_ONCE = 32;

    private static final int MAX_ROUNDS = 5;
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final Subscriptions topics;
    private final Transactions transactions;
    private final TransactionRequest.Drop act;
    private final CallOrigin origin;
    private final Set<Long> owners = new HashSet<>();
    private final List<Offer> inProgress = new ArrayList<>();
    private int dropped;
    private @Nullable Refusal refused;
    private @Nullable Refusal postponed;
    private @Nullable CompletionException failedElsewhere;

    private record Offer(String gid, CompletableFuture<Snapshot> answer) {}

    /** @param act waits for calls in flight */
    SubscriberDrain(Subscriptions topics, Transactions transactions, TransactionRequest.Drop act, CallOrigin origin) {
        this.topics = topics;
        this.transactions = transactions;
        this.act = act;
        this.origin = origin;
    }

    /**
     * Drops the deliveries of messages that this coordinator owns, and of messages without an owner. The caller calls
     * the other owners.
     *
     * @return the number of messages with a dropped delivery
     * @throws Refusal if a delivery stays; has a retry time if a repeated request may drop the delivery
     */
    int dropHere() {
        scan();
        return result();
    }

    /**
     * Drops all deliveries.
     *
     * @param elsewhere drops the deliveries at another coordinator, and returns the number of messages
     * @return the number of messages with a dropped delivery
     * @throws Refusal if a delivery stays; has a retry time if a repeated request may drop the delivery
     */
    int dropEverywhere(LongFunction<CompletableFuture<Integer>> elsewhere) {
        List<String> left = scan();
        for (int round = 1; !left.isEmpty() && failedElsewhere == null; round++) {
            if (round == MAX_ROUNDS) {
                throw Refusal.temporary(
                        ErrorCode.OWNER_UNREACHABLE,
                        left.size() + " messages with a delivery to the subscriber are moving to another coordinator,"
                                + " such as '"
                                + left.getFirst() + "'; repeat the request",
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

    /** Adds the result of another coordinator. A failure does not affect the other coordinators. */
    private void add(CompletableFuture<Integer> answer) {
        try {
            dropped += answer.join();
        } catch (CompletionException failed) {
            failedElsewhere = failedElsewhere == null ? failed : failedElsewhere;
        }
    }

    private int result() {
        inProgress.forEach(this::settle);
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

    /** @return the messages of other owners */
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

    /**
     * Returns whether another coordinator owns the message, otherwise takes the result. If a call is in flight, the
     * drop is requested again and awaited later.
     */
    private boolean isHeldElsewhere(Offer offer) {
        try {
            offer.answer().join();
            dropped++;
            return false;
        } catch (CompletionException failed) {
            switch (Errors.unwrap(failed)) {
                case OwnedElsewhere held -> {
                    owners.add(held.owner());
                    return true;
                }
                case Refusal refusal
                when refusal.code() == ErrorCode.CALLS_IN_FLIGHT -> inProgress.add(offer(offer.gid(), true));
                case Refusal refusal -> note(offer.gid(), refusal);
                default -> throw failed;
            }
            return false;
        }
    }

    private Offer offer(String gid, boolean waits) {
        TransactionRequest.Drop drop =
                new TransactionRequest.Drop(act.topic(), act.subscriber(), waits, act.actor(), act.reason());
        return new Offer(gid, transactions.act(gid, drop, origin));
    }

    /** Takes an awaited result. After a failure the drop is tried once more, because the call may have ended. */
    private void settle(Offer waiting) {
        boolean isDropped =
                waiting.answer().handle((_, failure) -> failure == null).join();
        Offer last = isDropped ? waiting : offer(waiting.gid(), false);
        try {
            last.answer().join();
            dropped++;
        } catch (CompletionException failed) {
            switch (Errors.unwrap(failed)) {
                case OwnedElsewhere _ ->
                    note(
                            waiting.gid(),
                            Refusal.temporary(
                                    ErrorCode.OWNER_UNREACHABLE,
                                    "the message is moving to another coordinator",
                                    SHORTLY));
                case Refusal refusal -> note(waiting.gid(), refusal);
                default -> throw failed;
            }
        }
    }

    /** Stores the first failure and lets the others continue. A message that has finished meanwhile is no failure. */
    private void note(String gid, Refusal refusal) {
        if (refusal.code() == ErrorCode.DECIDED || refusal.code() == ErrorCode.NOT_FOUND) {
            return;
        }
        String why = "the subscription was removed, but message '" + gid + "' keeps its delivery: "
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
