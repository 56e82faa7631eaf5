package dev.entente.stories.foreign;

import com.google.protobuf.Int64Value;
import dev.entente.participant.Barrier;
import dev.entente.participant.BarrierExpired;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.ForwardCallMissing;
import dev.entente.participant.Rejection;
import dev.entente.participant.StaleFence;
import dev.entente.rig.SqlDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;

/** The examples' wallet behind the SDK's own barrier. */
final class SdkWallet implements BarrierVectors.Wallet {
    /** The effect of an operation on the balance and on the held amount. */
    private record Move(int balance, int held) {}

    private static final Move TAKE = new Move(-1, 0);
    private static final Move GIVE_BACK = new Move(1, 0);
    private static final Move HOLD = new Move(-1, 1);
    private static final Move CAPTURE = new Move(0, -1);
    private static final Move RELEASE = new Move(1, -1);
    private static final Map<BranchOp, Move> MOVES = Map.of(
            BranchOp.ACTION, TAKE,
            BranchOp.COMPENSATE, GIVE_BACK,
            BranchOp.TRY, HOLD,
            BranchOp.CONFIRM, CAPTURE,
            BranchOp.CANCEL, RELEASE,
            BranchOp.PREPARE, HOLD,
            BranchOp.COMMIT, CAPTURE,
            BranchOp.ROLLBACK, RELEASE);

    private static final String MOVE = """
        update wallet set balance = balance + ?, held = held + ?
        where account = ? and balance + ? >= 0 and held + ? >= 0 returning balance
        """;

    private final DataSource database;
    private final Barrier barrier = Barrier.postgres();

    SdkWallet(DataSource database) throws SQLException {
        this.database = database;
        barrier.createTable(database);
        try (Connection connection = database.getConnection()) {
            SqlDatabase.update(
                    connection, "create table wallet (account text primary key, balance bigint, held bigint)");
        }
    }

    @Override
    public BarrierVectors.Answer call(BarrierVectors.Call call) throws SQLException {
        try {
            Int64Value cents = barrier.run(
                    branch(call), database, Int64Value.getDefaultInstance(), connection -> move(connection, call));
            return new BarrierVectors.Answer("ok", cents.getValue() == 0 ? null : cents.getValue(), "", false);
        } catch (Rejection no) {
            return new BarrierVectors.Answer(no.reason(), null, no.code(), no.isSettled());
        } catch (StaleFence | BarrierExpired no) {
            return new BarrierVectors.Answer(no.reason(), null, "", false);
        } catch (ForwardCallMissing no) {
            return new BarrierVectors.Answer("FAILED", null, "", false);
        }
    }

    private static Branch branch(BarrierVectors.Call call) {
        BranchOp op = BranchOp.of(call.op()).orElseThrow();
        Branch branch = Branch.of(call.gid(), call.text("branch"), op)
                .withFence(number(call.text("fence")), (int) number(call.text("fence_base")));
        return call.text("created").isEmpty() ? branch : branch.withCreated(Instant.parse(call.text("created")));
    }

    private static long number(String text) {
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static Int64Value move(Connection connection, BarrierVectors.Call call) throws SQLException {
        Move move = Objects.requireNonNull(MOVES.get(BranchOp.of(call.op()).orElseThrow()), call.op());
        long balance = move.balance() * call.cents();
        long held = move.held() * call.cents();
        return SqlDatabase.rows(
                        connection,
                        row -> Int64Value.of(row.getLong(1)),
                        MOVE,
                        balance,
                        held,
                        call.account(),
                        balance,
                        held)
                .stream()
                .findFirst()
                .orElseThrow(
                        () -> new Rejection("INSUFFICIENT_FUNDS", call.account() + " has less than " + call.cents()));
    }
}
