package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.StringValue;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyClaim;
import dev.entente.idempotency.KeyStore;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.BarrierUnusable;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.spring.PhasesApplication.Managers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Tests each call of the SDK in each phase of a transaction: the call is stored or refused with a code. */
final class TransactionPhasesTest {
    private static final Map<Managers, Map<Boolean, ConfigurableApplicationContext>> STARTED =
            new EnumMap<>(Managers.class);

    /** The calls of the SDK. */
    enum Call {
        BARRIER("entente_barrier"),
        INBOX("entente_inbox"),
        OUTBOX("entente_outbox"),
        KEY("entente_idempotency");

        private final String table;

        Call(String table) {
            this.table = table;
        }

        @Nullable
        Object on(ConfigurableApplicationContext context) throws Exception {
            return switch (this) {
                case BARRIER ->
                    Branch.of("g", "place", BranchOp.ACTION)
                            .withFence(1, 1)
                            .call(() -> context.getBean(TransactionalBarrier.class)
                                    .run(StringValue.getDefaultInstance(), () -> StringValue.of("done")));
                case INBOX -> context.getBean(TransactionalInbox.class).once("m", () -> {});
                case OUTBOX ->
                    context.getBean(TransactionalOutbox.class).enqueue(OutboxMessage.toKafka("orders", new byte[0]));
                case KEY -> {
                    KeyClaim claim = context.getBean(JdbcKeyStore.class)
                            .claim(new KeyStore.Key("", "k"), "digest", "owner", Duration.ofMinutes(1));
                    yield assertThat(claim).isEqualTo(KeyClaim.TAKEN);
                }
            };
        }
    }

    /** The phases with the calls that are stored in the phase. All other calls are refused. */
    enum Phase {
        NONE(Call.BARRIER, Call.KEY),
        NOT_SUPPORTED(Call.BARRIER, Call.KEY),
        IN_TRANSACTION(Call.BARRIER, Call.INBOX, Call.OUTBOX),
        NESTED_CALL(Call.BARRIER, Call.INBOX, Call.OUTBOX),
        BEHIND_A_SUSPENDED_ONE(Call.BARRIER, Call.INBOX, Call.OUTBOX),
        READ_ONLY(),
        BEFORE_COMMIT(Call.BARRIER, Call.INBOX, Call.OUTBOX),
        BEFORE_COMPLETION(Call.BARRIER, Call.INBOX, Call.OUTBOX),
        AFTER_COMMIT(),
        AFTER_COMPLETION(),
        LISTENER_BEFORE_COMMIT(Call.BARRIER, Call.INBOX, Call.OUTBOX),
        LISTENER_AFTER_COMMIT(),
        LISTENER_AFTER_COMPLETION(),
        LISTENER_AFTER_ROLLBACK(),
        LISTENER_THAT_JOINS(),
        LISTENER_THAT_BEGINS(Call.BARRIER, Call.INBOX, Call.OUTBOX),
        AFTER_COMMIT_THAT_BEGINS(Call.BARRIER, Call.INBOX, Call.OUTBOX);

        private final List<Call> kept;

        Phase(Call... kept) {
            this.kept = List.of(kept);
        }
    }

    @AfterAll
    static void stop() {
        STARTED.values().forEach(contexts -> contexts.values().forEach(ConfigurableApplicationContext::close));
    }

    private static ConfigurableApplicationContext context(Managers managers, boolean autoCommit) {
        ConfigurableApplicationContext context =
                STARTED.computeIfAbsent(managers, none -> new HashMap<>()).computeIfAbsent(autoCommit, managers::start);
        JdbcClient jdbc = context.getBean(JdbcClient.class);
        for (Call call : Call.values()) {
            begun(context, TransactionDefinition.PROPAGATION_REQUIRED)
                    .executeWithoutResult(
                            unused -> jdbc.sql("delete from " + call.table).update());
        }
        return context;
    }

    private static long count(ConfigurableApplicationContext context, String table) {
        return context.getBean(JdbcClient.class)
                .sql("select count(*) from " + table)
                .query(Long.class)
                .single();
    }

    private static TransactionTemplate begun(ConfigurableApplicationContext context, int propagation) {
        TransactionTemplate template =
                new TransactionTemplate(context.getBean("transactionManager", PlatformTransactionManager.class));
        template.setPropagationBehavior(propagation);
        return template;
    }

    private static void within(Phase phase, ConfigurableApplicationContext context, Runnable work) {
        TransactionTemplate required = begun(context, TransactionDefinition.PROPAGATION_REQUIRED);
        TransactionTemplate requiresNew = begun(context, TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        TransactionTemplate notSupported = begun(context, TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
        TransactionTemplate readOnly = begun(context, TransactionDefinition.PROPAGATION_REQUIRED);
        readOnly.setReadOnly(true);
        Runnable joined = () -> required.executeWithoutResult(unused -> work.run());
        Runnable begun = () -> requiresNew.executeWithoutResult(unused -> work.run());
        Consumer<TransactionSynchronization> inPhase = callback -> required.executeWithoutResult(
                unused -> TransactionSynchronizationManager.registerSynchronization(callback));
        switch (phase) {
            case NONE -> work.run();
            case NOT_SUPPORTED ->
                required.executeWithoutResult(unused -> notSupported.executeWithoutResult(suspended -> work.run()));
            case IN_TRANSACTION -> joined.run();
            case NESTED_CALL -> required.executeWithoutResult(unused -> joined.run());
            case BEHIND_A_SUSPENDED_ONE ->
                required.executeWithoutResult(unused -> {
                    notSupported.executeWithoutResult(suspended -> {});
                    requiresNew.executeWithoutResult(suspended -> {});
                    work.run();
                });
            case READ_ONLY -> readOnly.executeWithoutResult(unused -> work.run());
            case BEFORE_COMMIT ->
                inPhase.accept(new TransactionSynchronization() {
                    @Override
                    public void beforeCommit(boolean isReadOnly) {
                        work.run();
                    }
                });
            case BEFORE_COMPLETION ->
                inPhase.accept(new TransactionSynchronization() {
                    @Override
                    public void beforeCompletion() {
                        work.run();
                    }
                });
            case AFTER_COMMIT, AFTER_COMMIT_THAT_BEGINS ->
                inPhase.accept(new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                        (phase == Phase.AFTER_COMMIT ? work : begun).run();
                    }
                });
            case AFTER_COMPLETION ->
                inPhase.accept(new TransactionSynchronization() {
                    @Override
                    public void afterCompletion(int status) {
                        work.run();
                    }
                });
            case LISTENER_BEFORE_COMMIT -> published(context, TransactionPhase.BEFORE_COMMIT, work);
            case LISTENER_AFTER_COMMIT -> published(context, TransactionPhase.AFTER_COMMIT, work);
            case LISTENER_AFTER_COMPLETION -> published(context, TransactionPhase.AFTER_COMPLETION, work);
            case LISTENER_AFTER_ROLLBACK -> published(context, TransactionPhase.AFTER_ROLLBACK, work);
            case LISTENER_THAT_JOINS -> published(context, TransactionPhase.AFTER_COMMIT, joined);
            case LISTENER_THAT_BEGINS -> published(context, TransactionPhase.AFTER_COMMIT, begun);
        }
    }

    private static void published(ConfigurableApplicationContext context, TransactionPhase phase, Runnable work) {
        begun(context, TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult(status -> {
            context.publishEvent(new PhasesApplication.Event(phase, work));
            if (phase == TransactionPhase.AFTER_ROLLBACK) {
                status.setRollbackOnly();
            }
        });
    }

    /** Runs the call and records its failure: Spring only logs exceptions that are thrown after a commit. */
    private static Runnable noting(AtomicReference<Throwable> failure, Callable<?> call) {
        return () -> {
            try {
                Object unused = call.call();
            } catch (Throwable thrown) { // the test checks the failure
                failure.set(thrown);
            }
        };
    }

    static Stream<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        for (Managers managers : Managers.values()) {
            for (boolean autoCommit : new boolean[] {true, false}) {
                for (Phase phase : Phase.values()) {
                    for (Call call : Call.values()) {
                        cells.add(arguments(managers, autoCommit, phase, call));
                    }
                }
            }
        }
        return cells.stream();
    }

    @ParameterizedTest(name = "{0}, auto-commit {1}, {2}: {3}")
    @MethodSource("cells")
    void a_call_is_stored_or_refused_with_a_code(Managers managers, boolean autoCommit, Phase phase, Call call) {
        ConfigurableApplicationContext context = context(managers, autoCommit);
        AtomicReference<Throwable> failure = new AtomicReference<>();

        try {
            within(phase, context, noting(failure, () -> call.on(context)));
        } catch (UnexpectedRollbackException rolledBack) {
            assertThat(phase.kept).doesNotContain(call); // the refusal of a barrier rolls the joined transaction back
        }

        if (phase.kept.contains(call)) {
            assertThat(failure).hasNullValue();
            assertThat(count(context, call.table)).isEqualTo(1);
        } else {
            assertThat(failure.get()).hasMessageStartingWith(call == Call.KEY ? "ENT-096" : "ENT-090");
            assertThat(count(context, call.table)).isZero();
            assertThat(failure.get() instanceof BarrierUnusable).isEqualTo(call == Call.BARRIER);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"JDBC, BARRIER", "JDBC, INBOX", "JDBC, OUTBOX", "JPA, BARRIER", "JPA, OUTBOX"})
    void a_read_only_connection_of_a_pool_stores_no_call(Managers managers, Call call) {
        ConfigurableApplicationContext context = context(managers, true);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        begun(context, TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult(status -> {
            DataSource dataSource = context.getBean(DataSource.class);
            noting(failure, () -> {
                        DataSourceUtils.getConnection(dataSource).setReadOnly(true); // as a pool does
                        return call.on(context);
                    })
                    .run();
            status.setRollbackOnly();
        });
        assertThat(failure.get()).hasMessageStartingWith("ENT-090").hasMessageContaining("the connection is read-only");
        assertThat(failure.get() instanceof BarrierUnusable).isEqualTo(call == Call.BARRIER);
    }

    private static Stream<Arguments> beside() {
        return Stream.of(Managers.KAFKA_BESIDE, Managers.KAFKA_BESIDE_JPA)
                .flatMap(managers -> Stream.of(true, false)
                        .flatMap(autoCommit -> Stream.of(Call.BARRIER, Call.INBOX, Call.OUTBOX)
                                .map(call -> arguments(managers, autoCommit, call))));
    }

    @ParameterizedTest(name = "{0}, auto-commit {1}: {2}")
    @MethodSource("beside")
    void a_transaction_of_another_resource_refuses_inbox_and_outbox(Managers managers, boolean autoCommit, Call call) {
        ConfigurableApplicationContext context = context(managers, autoCommit);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        TransactionTemplate foreign =
                new TransactionTemplate(context.getBean("kafka", PlatformTransactionManager.class));

        foreign.executeWithoutResult(unused -> {
            assertThat(count(context, call.table))
                    .as("has Spring bind a connection")
                    .isZero();
            noting(failure, () -> call.on(context)).run();
        });

        if (call == Call.BARRIER) {
            assertThat(failure).as("it begins a transaction of its own").hasNullValue();
        } else {
            assertThat(failure.get()).hasMessageStartingWith("ENT-090").hasMessageContaining("of another resource");
        }
        assertThat(count(context, call.table)).isEqualTo(call == Call.BARRIER ? 1 : 0);
    }

    @ParameterizedTest(name = "{0}, auto-commit {1}: {2}")
    @MethodSource("beside")
    void a_database_transaction_stores_calls_beside_another_resource(Managers managers, boolean autoCommit, Call call)
            throws Exception {
        TransactionTemplate own = begun(context(managers, autoCommit), TransactionDefinition.PROPAGATION_REQUIRED);
        ConfigurableApplicationContext context = context(managers, autoCommit);
        TransactionTemplate foreign =
                new TransactionTemplate(context.getBean("kafka", PlatformTransactionManager.class));
        for (List<TransactionTemplate> order : List.of(List.of(own, foreign), List.of(foreign, own))) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            context(managers, autoCommit);
            order.get(0)
                    .executeWithoutResult(outer -> order.get(1)
                            .executeWithoutResult(inner ->
                                    noting(failure, () -> call.on(context)).run()));
            assertThat(failure).hasNullValue();
            assertThat(count(context, call.table)).isEqualTo(1);
        }
    }

    static Stream<Arguments> failures() {
        return Stream.of(Managers.values())
                .flatMap(managers -> Stream.of(
                                Phase.IN_TRANSACTION,
                                Phase.BEFORE_COMMIT,
                                Phase.BEFORE_COMPLETION,
                                Phase.LISTENER_BEFORE_COMMIT)
                        .flatMap(phase ->
                                Stream.of(Call.BARRIER, Call.INBOX).map(call -> arguments(managers, phase, call))));
    }

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @MethodSource("failures")
    void a_failed_body_rolls_back_even_if_its_caller_goes_on(Managers managers, Phase phase, Call call) {
        ConfigurableApplicationContext context = context(managers, true);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable body = () -> {
            context.getBean(JdbcClient.class)
                    .sql("insert into entente_inbox (consumer, message_id) values ('', 'of the body')")
                    .update();
            throw new IllegalArgumentException("no");
        };
        Callable<?> failing = call == Call.INBOX
                ? () -> context.getBean(TransactionalInbox.class).once("m", body)
                : () -> Branch.of("g", "place", BranchOp.ACTION).withFence(1, 1).call(() -> {
                    context.getBean(TransactionalBarrier.class).run(body);
                    return "";
                });

        assertThatThrownBy(() -> within(phase, context, noting(failure, failing)))
                .isInstanceOf(RuntimeException.class);

        assertThat(failure.get()).hasMessage("no");
        assertThat(count(context, "entente_inbox")).isZero();
        assertThat(count(context, "entente_barrier")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Managers.class)
    void a_refusal_in_a_coordinators_call_is_a_barrier_unusable_exception(Managers managers) {
        ConfigurableApplicationContext context = context(managers, false);
        for (Call call : List.of(Call.INBOX, Call.OUTBOX)) {
            for (Phase phase : List.of(Phase.READ_ONLY, Phase.NONE, Phase.AFTER_COMMIT)) {
                AtomicReference<Throwable> failure = new AtomicReference<>();
                within(
                        phase,
                        context,
                        noting(
                                failure,
                                () -> Branch.of("g", "place", BranchOp.COMPENSATE)
                                        .withFence(1, 1)
                                        .call(() -> call.on(context))));
                assertThat(failure.get())
                        .isInstanceOfSatisfying(
                                BarrierUnusable.class,
                                refused -> assertThat(refused.code()).isEqualTo("ENT-090"));
            }
        }
    }
}
