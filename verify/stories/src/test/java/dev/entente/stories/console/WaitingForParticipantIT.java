package dev.entente.stories.console;

import static dev.entente.stories.console.WaitSite.NEVER;
import static dev.entente.stories.console.WaitSite.ONCE;
import static dev.entente.stories.console.WaitSite.call;
import static dev.entente.stories.console.WaitSite.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.LoopbackPorts;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.SqlDatabase;
import dev.entente.stories.CommandRun;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An outage of one participant at three coordinators, one of which is stopped for a time: pages, RPCs and commands agree
 * on the transactions that wait. The accepted gids and SQL give the expected ones.
 */
@Tag("deep")
@Tag("console")
final class WaitingForParticipantIT {
    private static final int FIRST_STEP = 200;
    private static final int SECOND_STEP = 642;
    private static final int PER_STATE = 9;
    private static final Pattern NUMBER = Pattern.compile("class=\"number\"[^>]*>(\\d+)<");
    /** A small memory, so that further transactions wait for capacity in the table. */
    private static final Map<String, String> OPTIONS = Map.of("lease", "1m", "limits.open", "200");

    private static Playground playground;
    private static List<RigCoordinator> coordinators;
    private static final Set<String> SHOP = new HashSet<>();
    private static final Set<String> GONE = new HashSet<>();

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        AnsweringService shop = playground.keep(new AnsweringService());
        Map<String, String> targets = Map.of("shop", shop.url(), "gone", "http://127.0.0.1:" + LoopbackPorts.next());
        coordinators = new ArrayList<>();
        for (String node : List.of("one", "two", "three")) {
            coordinators.add(playground.startCoordinator(node, 0, 0, targets, OPTIONS));
        }
        for (int i = 0; i < PER_STATE; i++) {
            submit(SHOP, "calling-" + i, step("shop", "/hold", NEVER, ""));
            submit(SHOP, "backoff-" + i, step("shop", "/down", NEVER, ""));
            submit(SHOP, "parked-" + i, step("shop", "/no", ONCE, ",\"retriable\":true"));
            submit(new HashSet<>(), "finished-" + i, step("shop", "/ok", ONCE, ""));
        }
        for (int i = 0; i < FIRST_STEP; i++) {
            submit(GONE, "first-" + i, step("gone", "/ok", NEVER, ""));
        }
        for (int i = 0; i < SECOND_STEP; i++) {
            String before = "{\"id\":\"a\",\"no_undo\":true,\"action\":%s},".formatted(call("shop", "/ok", NEVER));
            submit(GONE, "second-" + i, before + step("gone", "/ok", NEVER, ""));
        }
    }

    private static void submit(Set<String> accepted, String gid, String steps) throws Exception {
        WaitSite.ask(
                coordinators.get(Math.floorMod(gid.hashCode(), coordinators.size())),
                "TransactionService/SubmitTransaction",
                "{\"plan\":{\"gid\":\"%s\",\"name\":\"outage\",\"saga\":{\"steps\":[%s]}}}".formatted(gid, steps));
        accepted.add(gid);
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    private static SqlDatabase database() {
        return playground.database().ask(Playground.COORDINATOR_DATABASE);
    }

    // ---- what a coordinator reports

    private static Set<String> listed(RigCoordinator asked, String participant) throws Exception {
        Set<String> gids = new HashSet<>();
        String token = "";
        do {
            JsonObject page = JsonParser.parseString(WaitSite.ask(
                            asked,
                            "TransactionService/ListTransactions",
                            "{\"filter\":{\"participant\":\"%s\"},\"pageSize\":100,\"pageToken\":\"%s\"}"
                                    .formatted(participant, token)))
                    .getAsJsonObject();
            JsonArray rows = page.getAsJsonArray("transactions");
            for (int i = 0; rows != null && i < rows.size(); i++) {
                gids.add(rows.get(i).getAsJsonObject().get("gid").getAsString());
            }
            token = page.has("nextPageToken") ? page.get("nextPageToken").getAsString() : "";
        } while (!token.isEmpty());
        return gids;
    }

    private static String command(RigCoordinator asked, String command) {
        return CommandRun.of((command + " --target " + asked.ready().grpc()).split(" ", -1))
                .output();
    }

    private static String page(RigCoordinator asked, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + asked.ready().http() + "/" + path))
                .header("Accept", "text/html")
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, BodyHandlers.ofString()).body();
        }
    }

    /** Verifies the gids of the list, and the numbers of page, form and commands. */
    private static void assertReported(RigCoordinator asked, String participant, Set<String> expected, String silent)
            throws Exception {
        int number = expected.size();
        assertThat(listed(asked, participant)).isEqualTo(expected);
        String count = command(asked, "tx count --participant " + participant);
        assertThat(count).contains("open " + number + ",");
        String bulk = command(asked, "tx bulk retry --validate-only --limit 10000 --participant " + participant);
        assertThat(bulk).contains(number + " match\n");
        String list = page(asked, "transactions?participant=" + participant);
        String form = page(asked, "transactions/operation?operation=retry&participant=" + participant);
        for (String page : List.of(list, form)) {
            assertThat(NUMBER.matcher(page).results().findFirst().map(MatchResult::group))
                    .as(page)
                    .hasValueSatisfying(found -> assertThat(found).endsWith(">" + number + "<"));
            assertThat(page.contains("1 coordinator did not respond: " + silent))
                    .isEqualTo(!silent.isEmpty());
        }
        for (String output : List.of(count, bulk)) {
            assertThat(output.contains("no response from " + silent + ": ")).isEqualTo(!silent.isEmpty());
        }
    }

    private static void awaitReported(String participant, Set<String> expected) {
        for (RigCoordinator asked : coordinators) {
            await("the report on " + participant).untilAsserted(() -> assertReported(asked, participant, expected, ""));
        }
    }

    @Test
    void pages_and_commands_find_all_that_wait_also_while_a_coordinator_is_stopped() throws Exception {
        await("the first steps")
                .until(() -> database().number("select count(*) from finished_transaction") == PER_STATE);
        awaitReported("shop", SHOP);
        awaitReported("gone", GONE);

        long stopped = database().number("select incarnation from coordinator where node = 'three'");
        coordinators.getLast().signal("STOP");
        try {
            Set<String> found = new HashSet<>(GONE);
            List<String> onlyInMemory = database()
                    .texts("select gid from open_transaction where owner = ? and waiting_on is null", stopped);
            assertThat(onlyInMemory).as("gids without a trace in the table").isNotEmpty();
            onlyInMemory.forEach(found::remove);
            assertReported(coordinators.getFirst(), "gone", found, "three");
        } finally {
            coordinators.getLast().signal("CONT");
        }
        awaitReported("gone", GONE);
        System.out.println(
                "figures: waits in the table by participant: " + database().texts("""
                    select concat_ws(' ', count(*), waiting_on, case when owner is null then 'at rest' else 'held' end)
                    from open_transaction group by waiting_on, owner is null\
                    """));
    }
}
