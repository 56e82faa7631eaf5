package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.WriteResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The contract of every store for rows at rest. */
abstract class ClaimingContract extends WritingContract {
    @Test
    void a_resting_row_is_claimed_when_it_is_due() {
        await(a.store().accept(running("g")));
        await(a.store().write(rest("g", false, 0, Duration.ZERO, null)));
        assertThat(open("g").owner()).isNull();
        OpenRow claimed = claimAll(b, 10).getFirst();
        assertThat(claimed.owner()).isEqualTo(b.incarnation());
        assertThat(claimed.rev()).isEqualTo(2);
        assertThat(claimed.adoptions()).isEqualTo(1);
        assertThat(claimed.progress()).isEqualTo(bytes("rested"));
        assertThat(claimAll(a, 10)).isEmpty();
    }

    @Test
    void a_held_back_row_is_claimed_once_by_its_participant() {
        await(a.store().accept(running("g")));
        await(a.store().write(heldBack("g", 0, LATER, "hung")));

        assertThat(await(b.store().due()).buckets()).isEmpty();
        assertThat(await(b.store().due()).heldBack()).containsExactly(new DueWork.HeldBack("hung", false));
        assertThat(await(b.store().claimHeldBack("other", false, 10, Long.MAX_VALUE)))
                .isEmpty();
        OpenRow claimed = await(b.store().claimHeldBack("hung", false, 10, Long.MAX_VALUE))
                .getFirst();
        assertThat(claimed.owner()).isEqualTo(b.incarnation());
        assertThat(claimed.rev()).isEqualTo(2);
        assertThat(claimed.adoptions()).isEqualTo(1);
        assertThat(claimed.progress()).isEqualTo(bytes("rested"));
        assertThat(await(a.store().claimHeldBack("hung", false, 10, Long.MAX_VALUE)))
                .isEmpty();
        assertThat(await(a.store().due()).heldBack()).isEmpty();

        await(b.store().write(rest("g", false, 2, Duration.ZERO, null)));
        assertThat(gids(claimAll(a, 10))).as("by its time alone").containsExactly("g");
    }

    @Test
    void held_back_rows_that_are_due_are_marked_and_do_not_delay_other_due_rows() {
        for (String gid : List.of("late", "late-too", "early")) {
            await(a.store().accept(running(gid)));
        }
        await(a.store().write(heldBack("late", 0, LATER, "hung")));
        await(a.store().write(heldBack("late-too", 0, LATER, "down")));
        await(a.store().write(heldBack("early", 0, Duration.ZERO, "hung")));
        await(a.store().accept(begun("due", Duration.ZERO)));

        assertThat(await(b.store().due()).heldBack())
                .containsExactly(new DueWork.HeldBack("down", false), new DueWork.HeldBack("hung", true));
        assertThat(gids(claimAll(b, 10))).containsExactly("due");
        assertThat(gids(await(b.store().claimHeldBack("hung", true, 10, Long.MAX_VALUE))))
                .containsExactly("early");
        assertThat(await(b.store().claimHeldBack("hung", true, 10, Long.MAX_VALUE)))
                .isEmpty();
        assertThat(gids(await(b.store().claimHeldBack("hung", false, 10, Long.MAX_VALUE))))
                .containsExactly("late");
    }

    @Test
    void held_back_rows_are_claimed_by_due_time_within_the_requested_bytes() {
        for (int i = 0; i < 20; i++) {
            await(a.store().accept(heavy("g%02d".formatted(i), 1, null)));
            await(a.store().write(heldBack("g%02d".formatted(i), 0, LATER.plusSeconds(i), "hung")));
        }

        // a claim selects rows by due time; the database decides the order of the result
        List<String> all = taken(() -> await(b.store().claimHeldBack("hung", false, 500, 4 * MIB)).stream()
                .sorted(Comparator.comparing(OpenRow::gid))
                .toList());

        assertThat(all).hasSize(20).isSorted();
    }

    @Test
    void a_held_back_row_taken_by_an_operation_is_not_claimed() {
        await(a.store().accept(running("g")));
        await(a.store().write(heldBack("g", 0, LATER, "hung")));

        assertThat(await(b.store().write(flush("g", true, 1, "taken")))).isEqualTo(new WriteResult.Written(2));

        assertThat(await(a.store().due()).heldBack()).isEmpty();
        assertThat(await(a.store().claimHeldBack("hung", false, 10, Long.MAX_VALUE)))
                .isEmpty();
    }

    @Test
    void concurrent_claimants_take_all_held_back_rows_without_overlap() {
        for (int i = 0; i < 400; i++) {
            await(a.store().accept(running("g" + i)));
            await(a.store().write(heldBack("g" + i, 0, LATER, "hung")));
        }
        CompletableFuture<List<String>> byA = CompletableFuture.supplyAsync(() -> gids(claimHeldBack(a)), threads);
        CompletableFuture<List<String>> byB = CompletableFuture.supplyAsync(() -> gids(claimHeldBack(b)), threads);
        assertDisjointAndAll(await(byA), await(byB), 400);
    }

    private static List<OpenRow> claimHeldBack(Node node) {
        List<OpenRow> claimed = new ArrayList<>();
        while (!await(node.store().due()).heldBack().isEmpty()) {
            claimed.addAll(await(node.store().claimHeldBack("hung", false, 7, Long.MAX_VALUE)));
        }
        return claimed;
    }

    private static RowWrite heldBack(String gid, long rev, Duration dueIn, String participant) {
        int format = PlanCodec.format();
        RowWrite.Release rest =
                new RowWrite.Release(TransactionState.RUNNING, bytes("rested"), dueIn, null, null, format, participant);
        return new RowWrite(gid, false, rev, rest, null);
    }

    @Test
    void a_park_without_progress_keeps_the_stored_progress() {
        await(a.store().accept(running("g")));
        await(a.store().write(flush("g", 0, "so far")));
        Parked mark = new Parked(ParkReason.UNREADABLE_ROW, "damaged", Instant.EPOCH);
        RowWrite.Release park = new RowWrite.Release(TransactionState.RUNNING, null, null, mark, null);
        assertThat(await(a.store().write(new RowWrite("g", false, 1, park, null))))
                .isEqualTo(new WriteResult.Written(2));
        assertThat(open("g").progress()).isEqualTo(bytes("so far"));
        assertThat(Objects.requireNonNull(open("g").parked()).reason()).isEqualTo(ParkReason.UNREADABLE_ROW);
    }

    @Test
    void a_row_that_is_not_due_is_not_claimed() {
        await(a.store().accept(running("g")));
        await(a.store().write(rest("g", false, 0, LATER, null)));
        assertThat(await(b.store().due()).buckets()).isEmpty();
        assertThat(claimAll(b, 10)).isEmpty();
    }

    @Test
    void a_participant_message_may_contain_a_nul_character() {
        await(a.store().accept(running("g")));
        Parked mark = new Parked(ParkReason.UNDO_EXHAUSTED, "stock: a\0b", Instant.EPOCH);
        assertThat(await(a.store().write(rest("g", false, 0, null, mark)))).isEqualTo(new WriteResult.Written(1));
        assertThat(Objects.requireNonNull(open("g").parked()).detail()).startsWith("stock: a");
    }

    @Test
    void a_parked_row_without_a_due_time_waits_for_an_operation() {
        await(a.store().accept(running("g")));
        Parked mark = new Parked(ParkReason.UNDO_EXHAUSTED, "stock: gone: for good", Instant.EPOCH);
        await(a.store().write(rest("g", false, 0, null, mark)));
        OpenRow parked = open("g");
        Parked stored = Objects.requireNonNull(parked.parked());
        assertThat(stored.reason()).isEqualTo(mark.reason());
        assertThat(stored.detail()).isEqualTo(mark.detail());
        assertThat(stored.since()).isAfterOrEqualTo(parked.createdAt());
        assertThat(claimAll(b, 10)).isEmpty();

        assertThat(await(b.store().write(flush("g", true, 0, "act")))).isEqualTo(new WriteResult.Lost());
        assertThat(await(b.store().write(flush("g", true, 1, "act")))).isEqualTo(new WriteResult.Written(2));
        assertThat(open("g").owner()).isEqualTo(b.incarnation());
        assertThat(open("g").parked()).isNull();
    }

    @Test
    void exactly_one_of_two_concurrent_operations_takes_an_unowned_row() {
        for (int round = 0; round < 100; round++) {
            String gid = "g" + round;
            await(a.store().accept(begun(gid, LATER)));
            CompletableFuture<WriteResult> first = a.store().write(flush(gid, true, 0, "by a"));
            CompletableFuture<WriteResult> second = b.store().write(flush(gid, true, 0, "by b"));
            List<WriteResult> answers = List.of(await(first), await(second));
            assertThat(answers).containsExactlyInAnyOrder(new WriteResult.Written(1), new WriteResult.Lost());
            Node winner = answers.getFirst() instanceof WriteResult.Written ? a : b;
            assertThat(open(gid).owner()).isEqualTo(winner.incarnation());
        }
    }

    @Test
    void an_operation_on_an_owned_row_is_lost() {
        await(a.store().accept(running("g")));
        assertThat(await(b.store().write(flush("g", true, 0, "act")))).isEqualTo(new WriteResult.Lost());
        assertThat(await(a.store().write(flush("g", true, 0, "act")))).isEqualTo(new WriteResult.Lost());
    }

    @Test
    void an_operation_may_finish_or_rest_an_unowned_row() {
        await(a.store().accept(begun("g1", LATER)));
        await(a.store().accept(begun("g2", LATER)));
        RowWrite finish = finish("g1", 0);
        assertThat(await(b.store().write(new RowWrite("g1", true, 0, finish.change(), null))))
                .isEqualTo(new WriteResult.Written(1));
        assertThat(await(b.store().write(rest("g2", true, 0, LATER, null)))).isEqualTo(new WriteResult.Written(1));
        assertThat(await(a.store().read("g1"))).isInstanceOf(FinishedRow.class);
        assertThat(open("g2").owner()).isNull();
    }

    @Test
    void a_claim_and_an_operation_never_both_get_a_row() {
        for (int round = 0; round < 100; round++) {
            String gid = "g" + round;
            await(a.store().accept(begun(gid, Duration.ZERO)));
            CompletableFuture<WriteResult> operation = a.store().write(flush(gid, true, 0, "act"));
            List<OpenRow> claimed = claimAll(b, 10);
            boolean isOperationWritten = await(operation) instanceof WriteResult.Written;
            assertThat(isOperationWritten).isEqualTo(claimed.isEmpty());
        }
    }

    @Test
    void claims_without_progress_are_counted_until_progress_is_written() {
        await(a.store().accept(begun("g", Duration.ZERO)));
        assertThat(claimAll(a, 10).getFirst().adoptions()).isEqualTo(1);
        declareDead(a);
        OpenRow adopted =
                await(b.store().adopt(a.incarnation(), "", 10, Long.MAX_VALUE)).getFirst();
        assertThat(adopted.adoptions()).isEqualTo(2);
        await(b.store().write(flush("g", adopted.rev(), "no call finished")));
        assertThat(open("g").adoptions()).isEqualTo(2);
        RowWrite.Flush progress = new RowWrite.Flush(TransactionState.RUNNING, bytes("p"), null, true, null);
        await(b.store().write(new RowWrite("g", false, adopted.rev() + 1, progress, null)));
        assertThat(open("g").adoptions()).isZero();
    }

    @Test
    void claims_take_the_oldest_rows_first_within_the_requested_count() {
        List<String> newestFirst = ofBucket(1, 5);
        List<String> oldestFirst = newestFirst.reversed();
        for (String gid : oldestFirst) {
            await(a.store().accept(begun(gid, Duration.ZERO)));
        }

        assertThat(gids(await(b.store().claimDue(1, 1, Long.MAX_VALUE)))).containsExactly(oldestFirst.getFirst());
        assertThat(gids(await(b.store().claimDue(1, 2, Long.MAX_VALUE))))
                .containsExactlyInAnyOrderElementsOf(oldestFirst.subList(1, 3));
        assertThat(gids(await(b.store().claimDue(1, 100, Long.MAX_VALUE))))
                .containsExactlyInAnyOrderElementsOf(oldestFirst.subList(3, 5));
        assertThat(await(a.store().due()).buckets()).isEmpty();
    }

    @Test
    void a_claim_returns_at_most_the_requested_bytes() {
        for (String gid : ofBucket(1, 20)) {
            await(a.store().accept(heavy(gid, 1, Duration.ZERO)));
        }

        List<String> all = taken(() -> await(b.store().claimDue(1, 500, 4 * MIB)));

        assertThat(all).hasSize(20);
    }

    private static List<String> ofBucket(int bucket, int count) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "g" + i)
                .filter(gid -> Bucket.of(gid) == bucket)
                .limit(count)
                .toList();
    }

    /** Claims until no rows are left and verifies that no claim exceeds the requested bytes. */
    static List<String> taken(Supplier<List<OpenRow>> claim) {
        List<String> all = new ArrayList<>();
        for (List<OpenRow> rows = claim.get(); !rows.isEmpty(); rows = claim.get()) {
            assertThat(rows).hasSizeLessThanOrEqualTo(4);
            all.addAll(gids(rows));
        }
        return all;
    }

    @Test
    void concurrent_claimants_take_all_rows_without_overlap() {
        for (int i = 0; i < 400; i++) {
            await(a.store().accept(begun("g" + i, Duration.ZERO)));
        }
        CompletableFuture<List<String>> byA = CompletableFuture.supplyAsync(() -> gids(claimAll(a, 7)), threads);
        CompletableFuture<List<String>> byB = CompletableFuture.supplyAsync(() -> gids(claimAll(b, 7)), threads);
        assertDisjointAndAll(await(byA), await(byB), 400);
    }

    @Test
    void a_write_sets_the_owners_format_and_a_rest_may_set_a_newer_format() {
        await(a.store().accept(running("g")));
        assertThat(open("g").format()).isEqualTo(1);
        await(a.store().write(flush("g", 0, "so far")));
        assertThat(open("g").format()).isEqualTo(PlanCodec.format());
        RowWrite.Release left = new RowWrite.Release(
                TransactionState.RUNNING, null, Duration.ZERO, null, null, PlanCodec.format() + 1, null);
        await(a.store().write(new RowWrite("g", false, 1, left, null)));
        assertThat(open("g").format()).isEqualTo(PlanCodec.format() + 1);
        assertThat(open("g").progress()).isEqualTo(bytes("so far"));
        assertThat(claimAll(b, 10)).isEmpty();
    }

    void assertDisjointAndAll(List<String> one, List<String> other, int count) {
        Set<String> all = new HashSet<>(one);
        all.addAll(other);
        assertThat(one.size() + other.size()).isEqualTo(all.size());
        // A pass may skip rows that a concurrent pass is taking; one more pass finds the rest.
        all.addAll(gids(claimAll(b, 50)));
        assertThat(all).hasSizeLessThanOrEqualTo(count);
        assertThat(await(a.store().owned("", 1000))).allMatch(row -> all.contains(row.gid()));
        assertThat(all).hasSize(count);
    }
}
