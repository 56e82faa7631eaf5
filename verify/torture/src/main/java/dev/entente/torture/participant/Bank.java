package dev.entente.torture.participant;

import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import dev.entente.participant.XaParticipant;
import dev.entente.rig.SqlDatabase;
import io.grpc.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/** Does each piece of work and writes its row, in one transaction behind the barrier. Blocks. Thread-safe. */
final class Bank {
    private final DataSource dataSource;
    private final Barrier barrier = Barrier.postgres();
    private final XaParticipant xa;
    private final ChildTries children;

    /** @param children creates the children of a try that requests children */
    Bank(DataSource dataSource, ChildTries children) {
        this.dataSource = dataSource;
        this.children = children;
        this.xa = XaParticipant.of(barrier, dataSource);
    }

    /** Account and amount of one branch. */
    private record Entry(String account, long cents) {}

    MoveResponse move(MoveRequest request) throws SQLException {
        return barrier.run(dataSource, MoveResponse.getDefaultInstance(), connection -> {
            refuseIfAsked(request);
            Branch branch = Branch.required();
            Entry asked = new Entry(request.getAccount(), request.getCents());
            long moved = switch (branch.op()) {
                case ACTION -> {
                    keep(connection, "moved", branch, asked);
                    yield add(connection, asked.account(), asked.cents());
                }
                case COMPENSATE -> {
                    Entry entry = take(connection, "moved", branch);
                    yield add(connection, entry.account(), -entry.cents());
                }
                case TRY -> {
                    children.join(branch, request.getJoining());
                    keep(connection, "set_aside", branch, asked);
                    yield 0;
                }
                case CONFIRM -> {
                    Entry entry = take(connection, "set_aside", branch);
                    yield add(connection, entry.account(), entry.cents());
                }
                case CANCEL -> {
                    take(connection, "set_aside", branch);
                    yield 0;
                }
                case DELIVER -> add(connection, asked.account(), asked.cents());
                default -> throw unexpected(branch);
            };
            return record(connection, branch, moved);
        });
    }

    /** Runs prepare, pre_commit, commit or rollback. The prepared work and its row become visible with the commit. */
    MoveResponse settle(MoveRequest request) throws SQLException {
        Branch branch = Branch.required();
        if (branch.op() == BranchOp.PREPARE) {
            return xa.prepare(MoveResponse.getDefaultInstance(), connection -> {
                refuseIfAsked(request);
                SqlDatabase.update(
                        connection,
                        "insert into settled_entry (gid, branch, cents) values (?, ?, ?)",
                        branch.gid(),
                        branch.name(),
                        request.getCents());
                return record(connection, branch, request.getCents());
            });
        }
        switch (branch.op()) {
            case PRE_COMMIT -> {
                refuseIfAsked(request);
                xa.preCommit();
            }
            case COMMIT -> xa.commit();
            case ROLLBACK -> xa.rollback();
            default -> throw unexpected(branch);
        }
        return MoveResponse.getDefaultInstance();
    }

    private static void refuseIfAsked(MoveRequest request) {
        if (!request.getReject().isEmpty()) {
            throw new Rejection(request.getReject(), "rejected on request");
        }
        if (request.getFail()) {
            throw Status.FAILED_PRECONDITION.withDescription("fails on request").asRuntimeException();
        }
    }

    private static long add(Connection connection, String account, long cents) throws SQLException {
        if (SqlDatabase.update(connection, "update account set cents = cents + ? where id = ?", cents, account) == 0) {
            throw new Rejection("NO_SUCH_ACCOUNT", "no account " + account);
        }
        return cents;
    }

    private static void keep(Connection connection, String table, Branch branch, Entry entry) throws SQLException {
        SqlDatabase.update(
                connection,
                "insert into " + table + " (gid, branch, account, cents) values (?, ?, ?, ?)",
                branch.gid(),
                branch.name(),
                entry.account(),
                entry.cents());
    }

    private static Entry take(Connection connection, String table, Branch branch) throws SQLException {
        String sql = "delete from " + table + " where gid = ? and branch = ? returning account, cents";
        return SqlDatabase.rows(
                        connection,
                        row -> new Entry(row.getString(1), row.getLong(2)),
                        sql,
                        branch.gid(),
                        branch.name())
                .stream()
                .findFirst()
                .orElseThrow(() -> Status.NOT_FOUND
                        .withDescription("no entry of " + branch + " in " + table)
                        .asRuntimeException());
    }

    private static MoveResponse record(Connection connection, Branch branch, long cents) throws SQLException {
        String receipt = UUID.randomUUID().toString();
        SqlDatabase.update(
                connection,
                "insert into effect (gid, branch, op, attempt, fence, cents, receipt) values (?, ?, ?, ?, ?, ?, ?)",
                branch.gid(),
                branch.name(),
                branch.op().text(),
                branch.attempt(),
                branch.fence(),
                cents,
                receipt);
        return MoveResponse.newBuilder().setReceipt(receipt).build();
    }

    private static RuntimeException unexpected(Branch branch) {
        return Status.UNIMPLEMENTED
                .withDescription("unexpected operation " + branch.op())
                .asRuntimeException();
    }
}
