package dev.entente.spring;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.InProgress;
import dev.entente.participant.Rejection;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.sql.Connection;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The barrier inside Spring's transactions: the work of a coordinator's call is done once, with any access to the
 * database (JPA, jOOQ, MyBatis, JdbcClient). The barrier joins the active transaction, or begins one.
 *
 * <pre>{@code
 * @PostMapping("/charges")
 * @Transactional
 * Charge charge(@RequestBody ChargeRequest request) {
 *   return barrier.run(charges, () -> accounts.charge(request));
 * }
 * }</pre>
 *
 * <p>A {@link Rejection} of the body, or an exception marked {@link RejectedAs}, rolls the transaction back. Its
 * verdict is stored after the rollback and before the answer. Thread-safe.
 */
public final class TransactionalBarrier {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionalBarrier.class);

    private final Barrier barrier;
    private final TransactionalConnection connection;
    private final TransactionTemplate transactions;
    private final ObservationRegistry observations;

    /**
     * @param barrier one that stores rejections: {@link Barrier#withRejectionsStoredIn}
     * @param dataSource that of the application's transactions
     * @param manager of these transactions
     * @param observations receives each call; {@link ObservationRegistry#NOOP} for none
     */
    public TransactionalBarrier(
            Barrier barrier,
            DataSource dataSource,
            PlatformTransactionManager manager,
            ObservationRegistry observations) {
        this.barrier = barrier;
        this.connection = new TransactionalConnection(dataSource);
        this.transactions = new TransactionTemplate(manager);
        OpenTransaction.watch(manager);
        this.observations = observations;
    }

    /**
     * Runs the body unless this call has a result already. Blocks.
     *
     * @param prototype the response's default instance
     * @throws Rejection of the body, now or in the first call
     * @throws dev.entente.participant.BranchException as {@link Barrier#run(Connection, Message, Barrier.Body)}
     * @throws org.springframework.dao.DataAccessException if the database failed
     */
    public <R extends Message> R run(R prototype, Supplier<R> body) {
        return run(AnswerFormat.protobuf(prototype), body);
    }

    /** Runs the body as {@link #run(Message, Supplier)}, for answers other than protobuf. */
    public <R> R run(AnswerFormat<R> format, Supplier<R> body) {
        Observation observation = Observation.createNotStarted("entente.barrier", observations);
        R answer = observation.observe(() -> {
            try {
                return transactions.execute(status -> {
                    R done = connection.runOrRollBack(
                            "a barrier", same -> barrier.run(same, format, inside -> reported(body)));
                    Branch.current().ifPresent(TransactionalBarrier::noteCommit);
                    return done;
                });
            } catch (Rejection rejection) {
                throw settled(rejection);
            }
        });
        if (answer == null) {
            throw new IllegalStateException("the body returned null");
        }
        return answer;
    }

    /**
     * Stores the verdict in a second transaction of the same manager after the first one. This happens here, and not
     * later, because a routing data source may select another database after the caller has returned. In two cases the
     * verdict is stored later, before the answer: a transaction of the caller is active, or {@link
     * Barrier#settle(Rejection, java.sql.Connection)} stores no verdict.
     */
    private BranchException settled(Rejection rejection) {
        if (rejection.isSettled() || TransactionSynchronizationManager.isActualTransactionActive()) {
            return rejection;
        }
        try {
            BranchException answer = transactions.execute(
                    status -> connection.run("a barrier", same -> Barrier.settle(rejection, same)));
            return answer == null ? rejection : answer;
        } catch (InProgress | DataAccessException | TransactionException unstored) {
            LOG.debug("the verdict is stored before the response instead", unstored);
            return rejection;
        }
    }

    /** Runs the body as {@link #run(Message, Supplier)}, without an answer. */
    public void run(Runnable body) {
        run(Empty.getDefaultInstance(), () -> {
            body.run();
            return Empty.getDefaultInstance();
        });
    }

    private static void noteCommit(Branch branch) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                RejectedExceptions.committed(branch);
            }
        });
    }

    private static <R> R reported(Supplier<R> body) {
        try {
            R answer = body.get();
            TransactionalConnection.flush();
            return answer;
        } catch (RuntimeException failure) {
            throw failure instanceof BranchException
                    ? failure
                    : RejectedExceptions.of(failure)
                            .<RuntimeException>map(exception -> exception)
                            .orElse(failure);
        }
    }
}
