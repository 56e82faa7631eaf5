package dev.entente.torture.check;

import static java.util.stream.Collectors.groupingBy;

import dev.entente.torture.check.Shape.BranchShape;
import dev.entente.torture.check.TransactionReport.Entry;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A check of each delivery queue: a delivery arrives only after the previous one was acknowledged. */
final class QueueOrderCheck {
    private final Map<String, List<Delivery>> queues;
    private final long clocksMillis;
    /** Gids of transactions behind a transaction that waits for an operator. */
    private final Set<String> behind = new HashSet<>();

    QueueOrderCheck(List<TransactionEvidence> cases, long clocksMillis) {
        this.clocksMillis = clocksMillis;
        this.queues = cases.stream()
                .flatMap(one -> one.shape().branches().stream()
                        .filter(branch -> branch.queue() != null)
                        .map(branch -> Delivery.of(one, branch, clocksMillis)))
                .collect(groupingBy(delivery -> String.valueOf(delivery.branch().queue())));
        boolean hasGrown = true;
        while (hasGrown) {
            hasGrown = queues.values().stream().filter(this::addBehind).count() > 0;
        }
    }

    /** Adds deliveries that may wait in this queue, and returns whether there were new ones. */
    private boolean addBehind(List<Delivery> queue) {
        return behind.addAll(queue.stream()
                .filter(delivery -> delivery.taken() == null)
                .filter(delivery -> queue.stream().anyMatch(ahead -> mayBeHeldBy(delivery, ahead)))
                .map(Delivery::gid)
                .toList());
    }

    private boolean mayBeHeldBy(Delivery delivery, Delivery ahead) {
        boolean isSameMessage = ahead.gid().equals(delivery.gid());
        boolean isBlocked = ahead.isParked()
                || !ahead.one().isRead()
                || behind.contains(ahead.gid())
                || (isSameMessage && ahead.wasRefused());
        return isBlocked
                && ahead.taken() == null
                && !ahead.equals(delivery)
                && !delivery.isAheadOf(ahead, clocksMillis);
    }

    /** Returns whether a delivery of this transaction may wait behind one that waits for an operator. */
    boolean waits(TransactionEvidence one) {
        return behind.contains(one.gid());
    }

    /**
     * One delivery.
     *
     * @param first the time of the first arrival; or null
     * @param taken the time at which the work was done and, by the record, acknowledged; or null
     */
    private record Delivery(
            TransactionEvidence one,
            BranchShape branch,
            @Nullable Long first,
            @Nullable Long taken) {

        /** Makes a delivery. It is taken when the work is done and acknowledged, within the clocks' difference. */
        static Delivery of(TransactionEvidence one, BranchShape branch, long clocksMillis) {
            String deliver = one.pattern().forward();
            OptionalLong first = one.calls(deliver)
                    .filter(call -> call.branch().equals(branch.name()))
                    .mapToLong(LedgerCall::at)
                    .min();
            OptionalLong taken = one.effects(branch.name(), deliver)
                    .mapToLong(LedgerEffect::at)
                    .min();
            OptionalLong acknowledged = answers(one, branch)
                    .filter(entry -> entry.outcome().equals("OK"))
                    .mapToLong(Entry::at)
                    .min();
            return new Delivery(
                    one,
                    branch,
                    first.isPresent() ? first.getAsLong() : null,
                    taken.isPresent() && acknowledged.isPresent()
                            ? (Long) Math.max(taken.getAsLong(), acknowledged.getAsLong() - clocksMillis)
                            : null);
        }

        private static Stream<Entry> answers(TransactionEvidence one, BranchShape branch) {
            return one.txReport().history().stream()
                    .filter(entry -> entry.kind().equals("CALL_FINISHED")
                            && entry.branch().equals(branch.name()));
        }

        private Stream<Entry> answers() {
            return answers(one, branch);
        }

        String gid() {
            return one.gid();
        }

        boolean isParked() {
            return one.standing() == ReportedState.PARKED;
        }

        /**
         * Returns whether a call failed. The message is not parked while another of its deliveries waits behind this
         * one.
         */
        boolean wasRefused() {
            return answers().anyMatch(entry -> !Set.of("OK", "IN_PROGRESS").contains(entry.outcome()));
        }

        /**
         * Returns whether later deliveries need not wait for this one: an operator, or the removal of its receiver, has
         * taken it out of the queue. An unread delivery may be out of the queue.
         */
        boolean isOutOfTheLine() {
            TransactionReport txReport = one.txReport();
            return !txReport.isRead()
                    || txReport.isStated()
                    || txReport.has("DROPPED")
                    || one.standing() == ReportedState.ABORTED;
        }

        long acceptedAt() {
            return one.txReport().history().stream()
                    .filter(entry -> entry.kind().equals("ACCEPTED"))
                    .mapToLong(Entry::at)
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        }

        /**
         * Returns whether a client knew that this transaction is durable before the other was accepted, as far as the
         * other's record was read.
         */
        boolean isAheadOf(Delivery other, long clocksMillis) {
            if (!other.one().isRead()) {
                return false;
            }
            long known = other.acceptedAt() - clocksMillis;
            return one.reported().stream()
                    .anyMatch(reported ->
                            reported.what() == ClientAnswer.Event.ACCEPTED && reported.answeredAt() < known);
        }

        @Override
        public String toString() {
            return branch.name() + " of " + one.gid();
        }
    }

    void judge() {
        queues.values().forEach(this::judge);
    }

    private void judge(List<Delivery> queue) {
        List<Delivery> came = queue.stream()
                .filter(delivery -> delivery.first() != null)
                .sorted(Comparator.comparing(Delivery::first))
                .toList();
        for (int i = 1; i < came.size(); i++) {
            addIfTooEarly(came.get(i - 1), came.get(i), "came before");
        }
        for (Delivery one : queue) {
            came.stream()
                    .filter(other -> !other.equals(one) && one.isAheadOf(other, clocksMillis))
                    .forEach(other -> addIfTooEarly(one, other, "was accepted before"));
        }
    }

    /** Reports a delivery before its predecessor. Both times are from the receiver's clock. */
    private static void addIfTooEarly(Delivery ahead, Delivery next, String why) {
        Long taken = ahead.taken();
        Long came = next.first();
        boolean isTooEarly = came != null && (taken == null || came < taken);
        if (isTooEarly && !ahead.isOutOfTheLine()) {
            next.one()
                    .violates(
                            Rule.IN_ORDER,
                            next + " came before the acknowledgment of " + ahead + ", which " + why
                                    + " it in the delivery queue "
                                    + next.branch().queue());
        }
    }
}
