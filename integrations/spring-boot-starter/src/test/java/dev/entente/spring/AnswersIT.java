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
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Verifies the table of responses in docs/spring.md with sagas of a real coordinator over a real application. */
final class AnswersIT {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| ([^|]+) \\|([^|]*)\\|([^|]*)\\|([^|]+)\\|([^|]+)\\|$");
    private static final String HEAD =
            "| result of a coordinator's call | status, if the handler is reached | outcome | status, if not | outcome"
                    + " |\n";

    /**
     * The requests of each row, to reached handlers and to others. Requests to {@code /ordered} have their own bodies.
     */
    private static final Map<String, RowRequests> REQUESTS = new TreeMap<>(Map.ofEntries(
            both("an exception with `@RejectedAs`, a `Rejection`", "marked", "rejection"),
            bare("one of these, and no transaction was rolled back", "/bare/marked"),
            both("a checked exception with `@RejectedAs`", "checked"),
            both("a table that is missing, of the outbox, the inbox, the keys or events", "outbox"),
            Map.entry(
                    "a return with a status of 400, 409 or 422",
                    new RowRequests(
                            List.of("/reached/returns/400", "/reached/returns/409", "/reached/returns/422"),
                            List.of("/returns/400", "/returns/409", "/returns/422"))),
            bare("an operation that `@Barriered` does not name", "/narrow"),
            bare("no such path, a path without that method", "/nowhere", "/read"),
            bare("no credential, or one without the right", "/take/401", "/take/403"),
            both("a `ResponseStatusException` of 401, 403, 404 or 405", "401", "403", "404", "405"),
            both("one of 400, 409, 422 or any other 4xx but those below", "400", "409", "418", "422"),
            bare("a body that cannot be read, `@Valid` that fails", "/ordered?{", "/ordered?{\"pieces\": 0}"),
            both("a `ConstraintViolationException` of Bean Validation", "invalid"),
            both("a `ResponseStatusException` of 425", "425"),
            both("one of 408, 429 or 5xx", "408", "429", "500", "503"),
            both("a lost optimistic or pessimistic lock, a deadlock", "lock"),
            both("any other exception", "other")));

    private record RowRequests(List<String> reached, List<String> bare) {}

    private static Map.Entry<String, RowRequests> both(String row, String... suffixes) {
        return Map.entry(
                row,
                new RowRequests(
                        Stream.of(suffixes).map(suffix -> "/reached/" + suffix).toList(),
                        Stream.of(suffixes).map(suffix -> "/take/" + suffix).toList()));
    }

    private static Map.Entry<String, RowRequests> bare(String row, String... requests) {
        return Map.entry(row, new RowRequests(List.of(), List.of(requests)));
    }

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
    void the_coordinator_handles_each_response_as_the_table_states() throws Exception {
        String page = Files.readString(Path.of("../../docs/spring.md"));
        String table = page.substring(page.indexOf(HEAD) + HEAD.length());
        Matcher row = ROW.matcher(table.substring(0, table.indexOf("\n\n")));
        TreeSet<String> verified = new TreeSet<>();
        while (row.find()) {
            String rowName = row.group(1);
            assertThat(REQUESTS).as("the requests of each row").containsKey(rowName);
            RowRequests asked = Objects.requireNonNull(REQUESTS.get(rowName));
            assertStatuses(
                    rowName, asked.reached(), row.group(2).strip(), row.group(3).strip());
            assertStatuses(
                    rowName, asked.bare(), row.group(4).strip(), row.group(5).strip());
            verified.add(rowName);
        }
        assertThat(verified).isEqualTo(REQUESTS.keySet());
    }

    private static void assertStatuses(String rowName, List<String> requests, String statuses, String outcome) {
        TreeSet<String> expected = new TreeSet<>();
        TreeSet<String> seen = new TreeSet<>();
        for (String request : requests) {
            seen.add(statusOf(request, outcome));
            expected.add(request.substring(request.lastIndexOf('/') + 1));
        }
        assertThat(String.join(", ", seen))
                .as(rowName + " " + requests)
                .isEqualTo(statuses.equals("the same status") ? String.join(", ", expected) : statuses);
    }

    /** Runs a saga with the request, compares the saga with the outcome and returns the status. */
    private static String statusOf(String request, String outcome) {
        String gid = "row-" + request.replaceAll("[^A-Za-z0-9]", "-");
        saga(gid, request).submit();
        Awaitility.await()
                .untilAsserted(() -> assertThat(entente.transactions().describe(gid))
                        .as(request)
                        .satisfies(seen -> assertDirection(request, seen, outcome)));
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

    private static void assertDirection(String request, Transaction seen, String outcome) {
        assertThat(answers(seen)).isNotEmpty();
        assertThat(firstAnswer(seen).getOutcome().name().replace("_", "")).isEqualToIgnoringCase(outcome);
        BranchStatus asked = seen.getBranches(1);
        switch (outcome) {
            case "Rejected" -> assertThat(ended(seen, asked)).isEqualTo("ABORTED REJECTED");
            case "Failed" -> assertThat(ended(seen, asked)).isEqualTo("ABORTED UNDONE");
            case "Misconfigured" -> {
                if (request.endsWith("/checked")) {
                    assertThat(seen.getParked().getDetail()).contains("ENT-089");
                    assertThat(seen.getParked().getAdvice())
                            .contains("check what was done")
                            .doesNotContain("then retry");
                } else if (request.endsWith("/outbox")) {
                    assertThat(seen.getParked().getDetail()).contains("ENT-094: misconfigured: the table");
                    assertThat(seen.getParked().getAdvice()).contains("retry");
                } else {
                    assertThat(seen.hasParked()).isFalse();
                    assertThat(asked.hasNextAttemptTime()).isTrue();
                }
            }
            case "Unknown" -> assertThat(answers(seen)).hasSizeGreaterThan(1);
            case "InProgress" -> assertThat(asked.getAttempts()).isLessThan(2);
            default -> throw new AssertionError("no proof for: " + outcome);
        }
    }

    private static String ended(Transaction seen, BranchStatus asked) {
        assertThat(seen.getBranches(0).getState()).isEqualTo(BranchStatus.State.UNDONE);
        return seen.getState() + " " + asked.getState();
    }

    @Test
    void an_aborted_outcome_contains_the_applications_reason() {
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
                .startsWith("asked: HTTP 409: Conflict at /take/409, without a message; set spring.web");
    }

    private static Outcome.Aborted aborted(String gid, String request) {
        return (Outcome.Aborted) saga(gid, request).submitAndWait(PatientAwaits.BOUND);
    }
}
