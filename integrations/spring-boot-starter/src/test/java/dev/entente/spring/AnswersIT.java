package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.spring.VerdictsApplication.Application;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The table in docs/spring.md of what a coordinator reads, by sagas of a real one over a real application. */
final class AnswersIT {
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| ([^|]+) \\| ([0-9, ]+) \\| ([A-Z][a-z]+) \\| ([^|]+) \\|$");

    /** The requests that each row is about; of {@code /ordered} two, with bodies of their own. */
    private static final Map<String, List<String>> REQUESTS = new TreeMap<>(Map.of(
            "an exception with `@RejectedAs`, a `Rejection`", List.of("/take/marked", "/take/rejection"),
            "a checked exception with `@RejectedAs`, outside of a barrier", List.of("/take/checked"),
            "no such path", List.of("/nowhere"),
            "a path without that method", List.of("/read"),
            "an operation that `@Barriered` does not name", List.of("/narrow"),
            "no credential, or one without the right", List.of("/take/401", "/take/403"),
            "a body that cannot be read, `@Valid` that fails", List.of("/ordered?{", "/ordered?{\"pieces\": 0}"),
            "a `ResponseStatusException` or `ProblemDetail` that says so",
                    List.of("/take/400", "/take/409", "/says/problem"),
            "one that asks to come back", List.of("/take/408", "/take/429", "/take/503"),
            "any other exception", List.of("/take/other")));

    private static RunningApplication application;
    private static Entente entente;

    @BeforeAll
    static void start() throws Exception {
        application = RunningApplication.start(
                Application.class, "answers", "", "create table taken (how text)", "entente.web.outcomes.410=REJECTED");
        entente = application.entente();
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    private static Call<String> call(String request) {
        String[] parts = request.split("\\?", 2);
        String body = parts.length == 1 ? "{\"pieces\": 1}" : parts[1];
        return entente.participant("answers").post(parts[0]).body(body.getBytes(StandardCharsets.UTF_8));
    }

    private static Saga saga(String gid, String request) {
        Saga saga = entente.saga("answers").gid(gid);
        saga.step("before", call("/ordered")).compensateWith(call("/undo"));
        saga.step("asked", call(request)).compensateWith(call("/undo"));
        return saga;
    }

    @Test
    void the_table_says_what_the_coordinator_reads_and_does() throws Exception {
        String page = Files.readString(Path.of("../../docs/spring.md"));
        Matcher row = ROW.matcher(page);
        TreeSet<String> proved = new TreeSet<>();
        while (row.find()) {
            String what = row.group(1);
            assertThat(REQUESTS).as("a row without a request").containsKey(what);
            TreeSet<String> statuses = new TreeSet<>();
            for (String request : REQUESTS.getOrDefault(what, List.of())) {
                statuses.add(statusOf(request, row.group(3), row.group(4)));
            }
            assertThat(String.join(", ", statuses)).as(what).isEqualTo(row.group(2));
            proved.add(what);
        }
        assertThat(proved).isEqualTo(REQUESTS.keySet());
    }

    /** Runs a saga over it, holds its course against the row, and returns the status. */
    private static String statusOf(String request, String outcome, String does) {
        String gid = "row-" + request.replaceAll("[^A-Za-z0-9]", "-");
        saga(gid, request).submit();
        Awaitility.await()
                .untilAsserted(() -> assertThat(entente.transactions().describe(gid))
                        .as(request)
                        .satisfies(seen -> assertCourse(seen, outcome, does)));
        return firstAnswer(entente.transactions().describe(gid)).getDetail().substring("HTTP ".length(), 8);
    }

    private static HistoryEvent firstAnswer(Transaction seen) {
        return answers(seen).get(0);
    }

    private static List<HistoryEvent> answers(Transaction seen) {
        return seen.getHistoryList().stream()
                .filter(event -> event.getKind().equals("CALL_FINISHED")
                        && event.getBranch().equals("asked"))
                .toList();
    }

    private static void assertCourse(Transaction seen, String outcome, String does) {
        assertThat(answers(seen)).isNotEmpty();
        assertThat(firstAnswer(seen).getOutcome().name()).isEqualTo(outcome.toUpperCase(Locale.ROOT));
        BranchStatus asked = seen.getBranches(1);
        switch (does) {
            case "undoes what came before" -> assertThat(ended(seen, asked)).isEqualTo("ABORTED REJECTED");
            case "undoes this step, too" -> assertThat(ended(seen, asked)).isEqualTo("ABORTED UNDONE");
            case "parks, ENT-089: with such a one Spring commits" -> {
                assertThat(seen.getParked().getDetail()).contains("ENT-089");
                assertThat(seen.getParked().getAdvice())
                        .contains("look what was done")
                        .doesNotContain("then retry");
            }
            case "asks for a minute, then parks" -> {
                assertThat(seen.hasParked()).isFalse();
                assertThat(asked.hasNextAttemptTime()).isTrue();
            }
            case "calls again" -> assertThat(answers(seen)).hasSizeGreaterThan(1);
            default -> throw new AssertionError("no proof for: " + does);
        }
    }

    private static String ended(Transaction seen, BranchStatus asked) {
        assertThat(seen.getBranches(0).getState()).isEqualTo(BranchStatus.State.UNDONE);
        return seen.getState() + " " + asked.getState();
    }

    @Test
    void what_the_application_said_reaches_whoever_waits() {
        assertThat(aborted("said-1", "/take/marked")).satisfies(aborted -> {
            assertThat(aborted.rejection()).isEqualTo("SOLD_OUT");
            assertThat(aborted.reason()).isEqualTo("asked: HTTP 409: REJECTED: SOLD_OUT: two are left");
            assertThat(aborted.branch()).isEqualTo("asked");
        });
        assertThat(aborted("said-2", "/take/silent").reason()).isEqualTo("asked: HTTP 409: REJECTED: SOLD_OUT");
        assertThat(aborted("said-3", "/says/problem")).satisfies(aborted -> {
            assertThat(aborted.rejection()).isEmpty();
            assertThat(aborted.reason()).isEqualTo("asked: HTTP 422: two are left");
            assertThat(aborted.branch()).isEqualTo("asked");
        });
        assertThat(aborted("said-4", "/says/text").reason()).isEqualTo("asked: HTTP 409: \"two\" are left");
        assertThat(aborted("said-6", "/take/410")).satisfies(aborted -> {
            assertThat(aborted.reason()).startsWith("asked: HTTP 410: REJECTED: Gone at /");
            assertThat(aborted.transaction().getBranches(1).getState()).isEqualTo(BranchStatus.State.REJECTED);
        });
        assertThat(aborted("said-5", "/take/409").reason())
                .startsWith("asked: HTTP 409: Conflict at /take/409, without a message; spring.web");
    }

    private static Outcome.Aborted aborted(String gid, String request) {
        return (Outcome.Aborted) saga(gid, request).submitAndWait(PatientAwaits.BOUND);
    }
}
