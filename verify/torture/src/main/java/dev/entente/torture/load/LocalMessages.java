package dev.entente.torture.load;

import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Message;
import dev.entente.client.TransactionRefused;
import dev.entente.rig.SqlDatabase;
import dev.entente.simulation.reference.Request;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Shape;
import dev.entente.torture.machine.TortureRig;
import io.grpc.ManagedChannel;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import torture.v1.MoveRequest;

/**
 * Random messages with a local transaction: the client itself withdraws money from an account, and the message moves
 * the money to another ledger. Used by one thread.
 */
final class LocalMessages {
    private static final int MAX_CENTS = 500;
    private static final int SLOW_MILLIS = 1500;
    /** The time before the first check-back. */
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final Fleet fleet;
    private final Random random;

    LocalMessages(Fleet fleet, Random random) {
        this.fleet = fleet;
        this.random = random;
    }

    /** The behaviour of the client. */
    private enum Ending {
        COMMITS,
        ROLLS_BACK,
        /** The client dies after the begin; nothing was committed. */
        DIES_BEFORE,
        /** The client dies after the commit of its own transaction. */
        DIES_AFTER;

        boolean isRolledBack() {
            return this == ROLLS_BACK || this == DIES_BEFORE;
        }

        boolean isDeath() {
            return this == DIES_BEFORE || this == DIES_AFTER;
        }
    }

    /** Thrown by a client that rolls back. */
    private static final class ClientAbort extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    Job next(String gid) {
        Ending[] endings = Ending.values();
        int from = random.nextInt(2);
        MoveRequest.Builder trouble =
                Workload.trouble(random).setLoseAnswers(random.nextInt(2)).setFailTimes(random.nextInt(4) == 0 ? 1 : 0);
        Client client = new Client(
                TortureRig.LEDGERS.get(from),
                Workload.account(random),
                TortureRig.LEDGERS.get(1 - from),
                Workload.request(random, 1L + random.nextInt(MAX_CENTS), trouble),
                random.nextBoolean() ? Ending.COMMITS : endings[random.nextInt(endings.length)],
                Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(SLOW_MILLIS) : 0));
        RequestedTransaction requested = RequestedTransaction.begun(
                gid, client.message(fleet.get(0), gid).toProto(), List.of());
        return Job.interactive(DrawnShape.of(requested), requested, client);
    }

    /**
     * One client.
     *
     * @param from the ledger that owns the client's database
     * @param account the account that the client withdraws from
     * @param work the duration of the local transaction
     */
    private record Client(String from, String account, String to, MoveRequest credit, Ending ending, Duration work)
            implements Job.Start {

        Message message(Entente entente, String gid) {
            return Workload.usual(entente.message("booked"), gid)
                    .to(new BranchRequests(entente.participant(to), credit).move())
                    .checkBack(entente.participant(from), TIMEOUT);
        }

        @Override
        public void run(Job.Attempt attempt) throws EntenteException {
            if (!ending.isDeath()) {
                run(attempt, attempt.fleet().get(attempt.number()), () -> {});
                return;
            }
            // The channel is closed, so that neither Commit nor Abort leaves.
            ManagedChannel channel = attempt.fleet().channel(attempt.number());
            try (Entente entente = attempt.fleet().over(channel)) {
                run(attempt, entente, channel::shutdownNow);
            } finally {
                channel.shutdownNow();
            }
        }

        private void run(Job.Attempt attempt, Entente entente, Runnable death) throws EntenteException {
            long askedAt = ClientRecorder.now();
            if (!ending.isDeath()) {
                // a failure below aborts the transaction
                attempt.recorder().asked(attempt.gid(), new Request.Abort());
                attempt.recorder().asked(attempt.gid(), new Request.Commit(Set.of()));
            }
            try {
                var _ = message(entente, attempt.gid())
                        .runAndSubmit(attempt.fleet().ownDatabase(from), connection -> {
                            attempt.accepted(askedAt, ReportedState.OPEN);
                            death.run();
                            return work(connection, attempt.gid());
                        });
            } catch (ClientAbort asMeant) {
                // The begun message is aborted, or its check-back decides.
            } catch (TransactionRefused refused) {
                if (!refused.code().equals("ENT-040")) {
                    throw refused;
                }
                // An earlier attempt was not answered, and has been decided without this client.
                attempt.accepted(askedAt, ReportedState.OPEN);
            } catch (SQLException broken) {
                throw new IllegalStateException("no fault is injected into this database", broken);
            }
        }

        private String work(Connection connection, String gid) throws SQLException {
            LockSupport.parkNanos(work.toNanos());
            SqlDatabase.update(
                    connection, "update account set cents = cents - ? where id = ?", credit.getCents(), account);
            SqlDatabase.update(
                    connection,
                    "insert into effect (gid, branch, op, attempt, fence, cents, receipt) values (?, ?, ?, 1, 0, ?, ?)",
                    gid,
                    Shape.LOCAL,
                    Shape.LOCAL,
                    -credit.getCents(),
                    UUID.randomUUID().toString());
            if (ending.isRolledBack()) {
                throw new ClientAbort();
            }
            return gid;
        }
    }
}
