package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Compares the state diagram of the documentation with the transitions of the rows. */
class OutboxDrawingTest {
    private static final Pattern DIAGRAM = Pattern.compile("```mermaid\\s+stateDiagram-v2(.*?)```", Pattern.DOTALL);
    private static final Pattern ARROW =
            Pattern.compile("^\\s*([A-Z]+|\\[\\*]) --> ([A-Z]+)(?= :|$)", Pattern.MULTILINE);
    /** Triggers that record every transition, also the intermediate transitions within a transaction. */
    private static final String WITNESS = """
        create table step (was text not null, now text not null);
        create function state(o entente_outbox) returns text language sql as
          $$ select case when o.parked_at is not null then 'PARKED' when o.due_at is not null then 'DUE' else 'WAITING' end $$;
        create function witness() returns trigger language plpgsql as $$ begin
          if tg_op = 'INSERT' then insert into step values ('[*]', state(new));
          elsif tg_op = 'UPDATE' then insert into step values (state(old), state(new));
          end if;
          return null; end $$;
        create trigger witness after insert or update on entente_outbox for each row execute function witness();
        create function witness_end() returns trigger language plpgsql as $$ begin
          insert into step values (state(old), 'GONE ' || old.id); return null; end $$;
        create trigger witness_end after delete on entente_outbox for each row execute function witness_end();
        """;

    private static final String STEPS = """
        select string_agg(distinct was || ' --> ' || coalesce(upper(sent.outcome), step.now), ',')
        from step left join entente_outbox_sent sent on step.now = 'GONE ' || sent.id
        """;

    private final OutboxFixture fixture;

    OutboxDrawingTest() throws SQLException {
        fixture = new OutboxFixture("outbox_drawing");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void the_diagram_shows_exactly_the_transitions_of_the_rows() throws Exception {
        TestDatabase.execute(fixture.database, WITNESS);
        runRandomly(new Random(7));
        enqueueBehindAParkedMessage();

        Set<String> steps = Pattern.compile(",")
                .splitAsStream(TestDatabase.text(fixture.database, STEPS))
                .collect(Collectors.toSet());
        assertThat(steps).isEqualTo(drawn());
    }

    /** Runs receivers that fail at random and an operator who retries and skips at random. */
    private void runRandomly(Random random) throws SQLException {
        fixture.receiver.behave(arrival -> {
            synchronized (random) {
                int choice = random.nextInt(10);
                return choice < 2 ? 503 : choice < 4 ? 400 : 200;
            }
        });
        fixture.enqueue(IntStream.range(0, 300)
                .mapToObj(i -> {
                    OutboxMessage message = fixture.message(Integer.toString(i));
                    return i % 5 == 0 ? message : message.key("key-" + i % 7);
                })
                .toArray(OutboxMessage[]::new));
        fixture.start(fixture.relay().inFlight(20).retry(Retry.fixed(Duration.ofMillis(5), 3)));
        ParkedMessages parked = ParkedMessages.in(fixture.database);
        await().until(() -> {
            for (ParkedMessage message : parked.list(100)) {
                boolean isChanged = random.nextBoolean() ? parked.retry(message.id()) : parked.skip(message.id(), "no");
                assertThat(isChanged).isTrue();
            }
            return fixture.isEmpty();
        });
    }

    private void enqueueBehindAParkedMessage() throws Exception {
        fixture.receiver.behave(arrival -> 400);
        fixture.enqueue(fixture.message("1").key("k"));
        await().until(() -> fixture.count("entente_outbox where parked_at is not null") == 1);
        fixture.enqueue(fixture.message("2").key("k"));
        await().until(() -> fixture.count("entente_outbox where due_at is null and parked_at is null") == 1);
        fixture.receiver.behave(arrival -> 200);
        await().until(() -> {
            ParkedMessages.in(fixture.database).retryAll(10);
            return fixture.isEmpty();
        });
    }

    private static Set<String> drawn() throws IOException {
        Matcher diagram = DIAGRAM.matcher(Files.readString(Path.of("..", "..", "docs", "patterns", "outbox.md")));
        assertThat(diagram.find()).isTrue();
        Set<String> arrows = new TreeSet<>();
        Matcher arrow = ARROW.matcher(diagram.group(1));
        while (arrow.find()) {
            arrows.add(arrow.group(1) + " --> " + arrow.group(2));
        }
        return arrows;
    }
}
