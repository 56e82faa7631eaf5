package dev.entente.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.entente.participant.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Tests the projection of order events into a list of orders. */
class ProjectionTest {
    private static final Pattern DIAGRAM = Pattern.compile("```mermaid\\s+stateDiagram-v2(.*?)```", Pattern.DOTALL);
    private static final Pattern ARROW = Pattern.compile("(\\S+ --> \\S+)");
    private static final List<String> ORDER_EVENTS = List.of("order-created", "order-paid", "order-shipped");
    private static final int ORDERS = 200;
    private static final int FEW = 80;
    private static final int EVENTS = ORDERS * 3;

    private final EventsFixture fixture;
    private final Projection list;

    ProjectionTest() throws SQLException {
        fixture = new EventsFixture("projection");
        list = OrderList.in(fixture.store);
        OrderList.createTable(fixture.database);
    }

    @Test
    void a_list_of_orders_follows_their_events() throws Exception {
        appendOrders();
        runAll(list);
        assertThat(count(OrderList.LIVE + " and last_event = 'order-shipped' and events = 3"))
                .isEqualTo(ORDERS);
        Generation live = fixture.within(list::live);
        assertThat(live).isEqualTo(new Generation(1, Generation.State.LIVE, EVENTS));
    }

    @Test
    void a_killed_process_leaves_a_position_that_matches_its_effects() throws Exception {
        appendOrders();
        Process process = projecting(450);
        try (BufferedReader reported = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(reported.lines()
                            .filter(ProjectionProcess.REACHED::equals)
                            .findFirst())
                    .isPresent();
        } finally {
            process.destroyForcibly().onExit().join();
        }
        Generation killed = fixture.within(list::live);
        assertThat(killed.position()).as("of whole batches").isEqualTo(400);
        assertThat(sum(OrderList.LIVE)).isEqualTo(400);

        await().until(
                        () -> { // until the database detects the death of the process
                            runAll(list);
                            return fixture.within(list::live).position() == EVENTS;
                        });
        assertThat(sum(OrderList.LIVE)).isEqualTo(EVENTS);
        rebuildWhileReading();
    }

    /** Rebuilds the list while a reader checks that the live list is always complete. */
    private void rebuildWhileReading() throws Exception {
        TestDatabase.execute(fixture.database, "update order_list set last_event = 'damaged'");
        ExecutorService threads = Executors.newSingleThreadExecutor();
        AtomicBoolean isOver = new AtomicBoolean();
        try {
            Future<Set<Long>> read = threads.submit(() -> {
                Set<Long> found = new TreeSet<>();
                while (!isOver.get()) {
                    found.add(sum(OrderList.LIVE));
                }
                return found;
            });
            assertThat(list.rebuild(fixture.database)).isEqualTo(2);
            runAll(list);
            isOver.set(true);
            assertThat(read.get()).containsExactly((long) EVENTS);
        } finally {
            threads.shutdownNow();
        }
        List<Generation> generations = fixture.within(list::generations);
        assertThat(generations).containsExactly(new Generation(2, Generation.State.LIVE, EVENTS));
        assertThat(count(" from order_list where last_event = 'order-shipped'")).isEqualTo(ORDERS);
        assertThat(count(" from order_list"))
                .as("the old generation is deleted")
                .isEqualTo(ORDERS);
    }

    /** Adds more events in each round than a generation processes, so the live generation never catches up. */
    @Test
    void a_rebuild_takes_over_while_the_live_generation_never_catches_up() throws Exception {
        Projection counting = Projection.subscription(fixture.store, "counting", (connection, generation, event) -> {});
        long version = more(0, 1500);
        runAll(counting);
        long rebuilt = counting.rebuild(fixture.database);
        for (int round = 0; fixture.within(counting::live).number() != rebuilt; round++) {
            assertThat(round).as("rounds without a takeover").isLessThan(60);
            version = more(version, EventStore.MAX_PAGE + 50);
            assertThat(counting.run(fixture.database)).isTrue();
        }
    }

    private long more(long version, int events) throws SQLException {
        List<NewEvent> more = Collections.nCopies(Math.min(events, 1000), new NewEvent("noted", 1, ByteString.EMPTY));
        long after = fixture.within(connection -> fixture.store.append(connection, "many", version, more));
        return events > 1000 ? more(after, events - 1000) : after;
    }

    @Test
    void a_broken_connection_neither_loses_nor_repeats_an_event() throws Exception {
        appendOrders();
        AtomicBoolean isCut = new AtomicBoolean();
        Projection cut = Projection.in(
                fixture.store,
                OrderList.NAME,
                (connection, generation, event) -> {
                    OrderList.take(connection, generation, event);
                    if (event.position() == 300 && isCut.compareAndSet(false, true)) {
                        TestDatabase.endSessions(fixture.database);
                    }
                },
                OrderList::clear);
        try (ProjectionRunner runner = ProjectionRunner.start(cut, fixture.database, Duration.ofMillis(20))) {
            await().ignoreExceptionsInstanceOf(SQLException.class).until(() -> sum(OrderList.LIVE) == EVENTS);
            await().until(() -> runner.lastFailure().isEmpty());
        }
        assertThat(isCut).isTrue();
    }

    @Test
    void two_runners_share_a_projection_and_each_event_has_its_effect_once() throws Exception {
        try (ProjectionRunner one = ProjectionRunner.start(list, fixture.database, Duration.ofMillis(5));
                ProjectionRunner other = ProjectionRunner.start(list, fixture.database, Duration.ofMillis(5))) {
            appendOrders();
            await().until(() -> count(OrderList.LIVE) == ORDERS);
            long unused = list.rebuild(fixture.database);
            await().until(() -> fixture.within(list::generations).size() == 1
                    && fixture.within(list::live).number() == 2
                    && fixture.within(list::live).position() == EVENTS);
            assertThat(sum(OrderList.LIVE)).isEqualTo(EVENTS);
            assertThat(one.lastFailure()).isEmpty();
            assertThat(other.lastFailure()).isEmpty();
        }
    }

    @Test
    void runners_that_start_together_apply_each_event_once() throws Exception {
        appendOrders();
        TestDatabase.execute(fixture.database, "create table tally (n bigint not null)");
        TestDatabase.execute(fixture.database, "insert into tally values (0)");
        Projection tally = Projection.subscription(fixture.store, "tally", (connection, generation, event) -> {
            try (Statement count = connection.createStatement()) {
                count.executeUpdate("update tally set n = n + 1");
            }
        });
        assertThat(fixture.store.placeCommitted(fixture.database)).as("more").isFalse();
        try (ProjectionRunner one = ProjectionRunner.start(tally, fixture.database, Duration.ofMillis(5));
                ProjectionRunner other = ProjectionRunner.start(tally, fixture.database, Duration.ofMillis(5))) {
            await().until(() -> fixture.within(tally::generations).stream()
                    .anyMatch(generation -> generation.position() == EVENTS));
            assertThat(one.lastFailure()).isEmpty();
            assertThat(other.lastFailure()).isEmpty();
        }
        assertThat(TestDatabase.text(fixture.database, "select n from tally")).isEqualTo(Integer.toString(EVENTS));
    }

    @Test
    void a_failed_handler_is_reported_with_its_position_and_stores_nothing() throws Exception {
        appendOrders();
        Projection broken = Projection.in(
                fixture.store,
                OrderList.NAME,
                (connection, generation, event) -> {
                    OrderList.take(connection, generation, event);
                    if (event.position() == 5) {
                        throw new IllegalArgumentException("a defect");
                    }
                },
                OrderList::clear);
        ProjectionFailed reported = catchThrowableOfType(ProjectionFailed.class, () -> broken.run(fixture.database));
        assertThat(reported).hasMessageContaining("ENT-084").hasMessageContaining("before position 5");
        assertThat(reported).hasMessageContaining("a defect");
        assertThat(reported.position()).isEqualTo(5);
        assertThat(count(" from order_list")).isZero();
        runAll(list);
        assertThat(sum(OrderList.LIVE)).as("once fixed").isEqualTo(EVENTS);
    }

    @Test
    void a_handler_that_commits_the_transaction_is_refused() throws Exception {
        appendOrders();
        Projection ending = Projection.subscription(
                fixture.store, "ending", (connection, generation, event) -> connection.commit());
        assertThatThrownBy(() -> ending.run(fixture.database))
                .hasMessageContaining("ENT-084")
                .hasMessageContaining("ENT-097")
                .hasMessageContaining("commit()");
        assertThat(fixture.within(ending::live).position()).isZero();
    }

    @Test
    void the_diagram_shows_exactly_the_transitions_of_a_generation() throws Exception {
        Set<String> steps = new TreeSet<>();
        appendOrders(FEW);
        List<Generation> before = List.of();
        for (Task task : List.<Task>of(
                () -> list.run(fixture.database),
                () -> runAll(list),
                () -> list.rebuild(fixture.database), // starts the second generation
                () -> list.rebuild(fixture.database), // replaces the second by a third
                () -> list.run(fixture.database),
                () -> list.run(fixture.database),
                () -> list.run(fixture.database),
                () -> runAll(list))) {
            task.run();
            List<Generation> after = fixture.within(list::generations);
            steps.addAll(steps(before, after));
            before = after;
        }
        assertThat(before).containsExactly(new Generation(3, Generation.State.LIVE, FEW * 3));
        String page = Files.readString(Path.of("../../docs/patterns/event-store.md"));
        String diagram =
                DIAGRAM.matcher(page).results().findFirst().orElseThrow().group(1);
        Set<String> drawn =
                ARROW.matcher(diagram).results().map(MatchResult::group).collect(Collectors.toSet());
        assertThat(steps).isEqualTo(drawn);
    }

    private interface Task {
        void run() throws SQLException;
    }

    private static Set<String> steps(List<Generation> before, List<Generation> after) {
        Set<String> steps = new TreeSet<>();
        for (Generation now : after) {
            String was = state(before, now.number());
            if (!was.equals(now.state().name())) {
                steps.add(was + " --> " + now.state());
            }
        }
        for (Generation was : before) {
            if (after.stream().noneMatch(now -> now.number() == was.number())) {
                steps.add(was.state() + " --> [*]");
            }
        }
        return steps;
    }

    private static String state(List<Generation> generations, long number) {
        return generations.stream()
                .filter(generation -> generation.number() == number)
                .map(generation -> generation.state().name())
                .findFirst()
                .orElse("[*]");
    }

    /** Appends the events of all orders. All orders are created before the first payment. */
    private void appendOrders() throws SQLException {
        appendOrders(ORDERS);
    }

    private void appendOrders(int count) throws SQLException {
        for (int step = 0; step < ORDER_EVENTS.size(); step++) {
            long version = step;
            List<NewEvent> event = List.of(new NewEvent(ORDER_EVENTS.get(step), 1, ByteString.EMPTY));
            fixture.within(connection -> {
                for (int order = 0; order < count; order++) {
                    fixture.store.append(connection, "order:" + order, version, event);
                }
                return version;
            });
        }
    }

    private void runAll(Projection projection) throws SQLException {
        boolean isMore = true;
        while (isMore) {
            isMore = projection.run(fixture.database);
        }
    }

    private Process projecting(long last) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ProjectionProcess.class.getName(),
                TestDatabase.url(fixture.database),
                TestDatabase.sql("postgres", "mariadb"),
                Long.toString(last)));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private long count(String from) throws SQLException {
        return Long.parseLong(TestDatabase.text(fixture.database, "select count(*)" + from));
    }

    private long sum(String from) throws SQLException {
        return Long.parseLong(TestDatabase.text(fixture.database, "select coalesce(sum(events), 0)" + from));
    }
}
