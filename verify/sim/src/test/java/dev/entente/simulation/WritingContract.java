package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.WriteResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The contract of every store for writing: by an owner, by a node that takes a row, of branches and of audit entries.
 */
abstract class WritingContract extends AcceptingContract {
    @Test
    void each_write_increments_the_revision_by_one() {
        await(a.store().accept(running("g")));
        assertThat(await(a.store().write(flush("g", 0, "p1")))).isEqualTo(new WriteResult.Written(1));
        assertThat(await(a.store().write(flush("g", 1, "p2")))).isEqualTo(new WriteResult.Written(2));
        assertThat(open("g").progress()).isEqualTo(bytes("p2"));
        assertThat(open("g").rev()).isEqualTo(2);
    }

    @Test
    void a_write_with_another_revision_is_lost() {
        await(a.store().accept(running("g")));
        assertThat(await(a.store().write(flush("g", 1, "p")))).isEqualTo(new WriteResult.Lost());
        assertThat(await(a.store().write(finish("g", 1)))).isEqualTo(new WriteResult.Lost());
        assertThat(await(a.store().write(rest("g", false, 1, LATER, null)))).isEqualTo(new WriteResult.Lost());
        assertThat(open("g").progress()).isNull();
    }

    @Test
    void writes_of_a_superseded_incarnation_change_nothing() {
        for (String gid : List.of("g1", "g2", "g3")) {
            await(a.store().accept(running(gid)));
        }
        declareDead(a);
        assertThat(await(b.store().adopt(a.incarnation(), "", 10, Long.MAX_VALUE)))
                .hasSize(3);
        for (long rev = 0; rev < 3; rev++) {
            assertThat(await(a.store().write(flush("g1", rev, "zombie")))).isEqualTo(new WriteResult.Lost());
            assertThat(await(a.store().write(rest("g2", false, rev, LATER, null))))
                    .isEqualTo(new WriteResult.Lost());
            assertThat(await(a.store().write(finish("g3", rev)))).isEqualTo(new WriteResult.Lost());
            assertThat(await(a.store().write(flush("g1", true, rev, "zombie")))).isEqualTo(new WriteResult.Lost());
        }
        for (String gid : List.of("g1", "g2", "g3")) {
            assertThat(open(gid).owner()).isEqualTo(b.incarnation());
            assertThat(open(gid).progress()).isNull();
        }
    }

    @Test
    void an_appended_branch_follows_the_stored_plan() {
        await(a.store().accept(running("g")));
        RowWrite.Flush flush =
                new RowWrite.Flush(TransactionState.RUNNING, bytes("p"), bytes("+branch"), false, "stock");
        await(a.store().write(new RowWrite("g", false, 0, flush, null)));
        assertThat(open("g").plan()).isEqualTo(bytes("plan+branch"));
        assertThat(open("g").waitingOn()).isEqualTo("stock");
    }

    @Test
    void finishing_moves_the_row_to_the_finished_transactions() {
        await(a.store().accept(running("g")));
        OpenRow before = open("g");
        await(a.store().write(finish("g", 0)));
        FinishedRow after = (FinishedRow) Objects.requireNonNull(await(a.store().read("g")));
        assertThat(after.state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(after.createdAt()).isEqualTo(before.createdAt());
        assertThat(after.finishedAt()).isAfterOrEqualTo(before.createdAt());
        assertThat(after.requestDigest()).isEqualTo(before.requestDigest());
        assertThat(after.result()).isEqualTo(bytes("result"));
        assertThat(after.plan()).isEqualTo(bytes("plan"));
        assertThat(after.progress()).isEqualTo(bytes("progress of g"));
        assertThat(await(a.store().write(finish("g", 1)))).isEqualTo(new WriteResult.Lost());
    }

    @ParameterizedTest
    @EnumSource(Pattern.class)
    void the_pattern_is_stored_in_the_open_and_the_finished_row(Pattern pattern) {
        NewTransaction saga = running("g");
        await(a.store()
                .accept(new NewTransaction(
                        "g",
                        pattern,
                        saga.state(),
                        saga.name(),
                        Map.of(),
                        null,
                        null,
                        saga.format(),
                        saga.requestDigest(),
                        saga.plan(),
                        List.of(),
                        List.of(),
                        null)));
        assertThat(open("g").pattern()).isEqualTo(pattern);
        await(a.store().write(finish("g", 0)));
        FinishedRow after = (FinishedRow) Objects.requireNonNull(await(a.store().read("g")));
        assertThat(after.pattern()).isEqualTo(pattern);
    }

    /**
     * Like an approval: the row rests until the response is due, and another node receives the response before that
     * time.
     */
    @Test
    void a_response_takes_or_finishes_a_resting_row_with_its_audit_entry() {
        for (String gid : List.of("yes", "last")) {
            await(a.store().accept(running(gid)));
            await(a.store().write(rest(gid, false, 0, LATER, null)));
        }
        AuditRecord yes = new AuditRecord("boss", "approve", "yes", "checked", "RUNNING", "RUNNING");
        RowWrite answer =
                new RowWrite("yes", true, 1, flush("yes", true, 1, "approved").change(), yes);
        AuditRecord last = new AuditRecord("boss", "approve", "last", "checked", "RUNNING", "SUCCEEDED");
        RowWrite finishing = new RowWrite("last", true, 1, finish("last", 1).change(), last);

        assertThat(await(b.store().write(answer))).isEqualTo(new WriteResult.Written(2));
        assertThat(await(b.store().write(finishing))).isEqualTo(new WriteResult.Written(2));
        assertThat(await(a.store().write(answer))).as("too late").isEqualTo(new WriteResult.Lost());

        assertThat(open("yes").owner()).isEqualTo(b.incarnation());
        assertThat(open("yes").dueAt()).isNull();
        assertThat(await(a.store().read("last"))).isInstanceOf(FinishedRow.class);
        assertThat(auditEntries()).containsExactlyInAnyOrder(yes, last);
    }

    @Test
    void an_unknown_gid_is_read_as_null() {
        assertThat(await(a.store().read("unknown"))).isNull();
    }

    @Test
    void a_branch_is_registered_until_a_decision_is_written() {
        await(a.store().accept(begun("g", LATER)));
        assertThat(await(b.store().register("g", bytes("(1"), MANY))).isEqualTo(bytes("(p(l(1"));
        assertThat(await(a.store().register("g", bytes("(2"), MANY))).isEqualTo(bytes("(p(l(1(2"));
        assertThat(open("g").rev()).isEqualTo(2);
        assertThat(await(a.store().register("g", bytes("(3"), 9))).isNull();
        await(a.store().write(flush("g", true, 2, "decided")));
        assertThat(await(b.store().register("g", bytes("(3"), MANY))).isNull();
        assertThat(await(b.store().register("unknown", bytes("(3"), MANY))).isNull();
    }

    @Test
    void a_parked_row_accepts_no_branch() {
        await(a.store().accept(begun("g", LATER)));
        Parked mark = new Parked(ParkReason.BY_OPERATOR, "", Instant.EPOCH);
        RowWrite.Release rest = new RowWrite.Release(TransactionState.BEGUN, bytes("p"), LATER, mark, null);
        await(a.store().write(new RowWrite("g", true, 0, rest, null)));
        assertThat(await(b.store().register("g", bytes("(1"), MANY))).isNull();
    }

    @Test
    void after_the_deadline_a_row_accepts_neither_a_branch_nor_a_commit() {
        await(a.store().accept(begun("g", Duration.ZERO)));
        RowWrite.Flush commit = new RowWrite.Flush(TransactionState.COMPLETING, bytes("p"), null, false, null);
        RowWrite.Release atOnce =
                new RowWrite.Release(TransactionState.COMPLETING, bytes("p"), Duration.ZERO, null, null);
        RowWrite.Finish finished = new RowWrite.Finish(TransactionState.SUCCEEDED, null, bytes("o"), bytes("h"));
        RowWrite.Flush compensation = new RowWrite.Flush(TransactionState.UNDOING, bytes("p"), null, false, null);
        assertThat(await(b.store().register("g", bytes("(1"), MANY))).isNull();
        for (RowWrite.Change late : List.of(commit, atOnce, finished)) {
            assertThat(await(b.store().write(new RowWrite("g", true, 0, late, null))))
                    .isInstanceOf(WriteResult.Lost.class);
        }
        assertThat(await(b.store().write(new RowWrite("g", true, 0, compensation, null))))
                .isInstanceOf(WriteResult.Written.class);
    }

    /**
     * The decider commits the branches that it has read. Either it has read an accepted branch, or its decision is
     * refused.
     */
    @Test
    void a_decision_contains_every_accepted_branch() {
        Random random = new Random(4711);
        for (int race = 0; race < 300; race++) {
            String gid = "race" + race;
            await(a.store().accept(begun(gid, LATER)));
            boolean decidesFirst = random.nextBoolean();
            CompletableFuture<@Nullable ByteString> registering =
                    decidesFirst ? null : a.store().register(gid, bytes("(x"), MANY);
            CompletableFuture<ByteString> deciding = CompletableFuture.supplyAsync(() -> decide(b, gid), threads);
            if (registering == null) {
                registering = a.store().register(gid, bytes("(x"), MANY);
            }
            boolean isAccepted = await(registering) != null;
            boolean isDecidedWithIt = await(deciding).toStringUtf8().endsWith("(x");
            assertThat(isDecidedWithIt).as("race %d", race).isEqualTo(isAccepted);
        }
    }

    private static ByteString decide(Node node, String gid) {
        while (true) {
            OpenRow row = (OpenRow) Objects.requireNonNull(await(node.store().read(gid)));
            RowWrite.Flush decision = new RowWrite.Flush(TransactionState.COMPLETING, row.plan(), null, false, null);
            if (await(node.store().write(new RowWrite(gid, true, row.rev(), decision, null)))
                    instanceof WriteResult.Written) {
                return row.plan();
            }
        }
    }

    @Test
    void an_audit_entry_is_stored_only_if_its_write_succeeds() {
        AuditRecord entry = new AuditRecord("alice", "retry", "g", "fixed", "parked", "running");
        await(a.store().accept(begun("g", LATER)));
        RowWrite.Change change = flush("g", 0, "p").change();
        await(b.store().write(new RowWrite("g", true, 7, change, entry)));
        assertThat(auditEntries()).isEmpty();
        await(b.store().write(new RowWrite("g", true, 0, change, entry)));
        assertThat(auditEntries()).containsExactly(entry);
        await(b.store().write(new RowWrite("g", false, 1, finish("g", 1).change(), entry)));
        await(b.store().write(new RowWrite("g", false, 2, finish("g", 2).change(), entry)));
        assertThat(auditEntries()).containsExactly(entry, entry);
    }
}
