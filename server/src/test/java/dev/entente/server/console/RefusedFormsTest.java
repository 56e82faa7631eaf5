package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.codec.ExamplePlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forms of every page that come from another site, or to a read-only console. */
class RefusedFormsTest {
    private static LocalCoordinator start(String setting, String value) {
        return LocalCoordinator.start(
                setting,
                value,
                "participants.stock.target",
                "localhost:1",
                "participants.crm.target",
                "http://localhost:1");
    }

    /** Returns forms that would change something, by path. */
    private static Map<String, Map<String, String>> forms(Client at) {
        at.submit(SamplePlans.scheduled("kept"));
        String revision = Long.toString(at.get("kept").getRevision());
        return Map.of(
                "transaction/operation",
                Map.of("gid", "kept", "operation", "park", "reason", "x", "revision", revision, "fence", "0"),
                "transactions/operation",
                Map.of("gid", "kept", "operation", "park", "why", "x", "number", "1"),
                "participants",
                Map.of("name", "stock"),
                "transaction?gid=kept",
                Map.of("gid", "kept", "probe", "1"),
                "new",
                Map.of("do", "submit", "gid", "made", "plan", ExamplePlan.notification.text()));
    }

    private static void assertNothingWasDone(LocalCoordinator at) {
        assertThat(at.number("select count(*) from open_transaction")).isOne();
        assertThat(at.number("select count(*) from open_transaction where parked_at is not null"))
                .isZero();
        assertThat(at.number("select count(*) from audit_entry where operation in ('park', 'probe')"))
                .isZero();
    }

    /** Returns headers of forms that do not come from a page of that origin. */
    private static List<String[]> foreign(String own) {
        return List.of(
                new String[] {},
                new String[] {"Sec-Fetch-Site", "cross-site"},
                new String[] {"Sec-Fetch-Site", "same-site"},
                new String[] {"Sec-Fetch-Site", "none"},
                new String[] {"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "same-origin"},
                new String[] {"Sec-Fetch-Site", "none", "Origin", own},
                new String[] {"Sec-Fetch-Site", "cross-site", "Origin", own},
                new String[] {"Origin", "null"},
                new String[] {"Origin", "http://shop.example"},
                new String[] {"Origin", own, "Origin", own},
                new String[] {"Origin", own + ".shop.example"});
    }

    @Test
    void a_form_of_another_site_is_refused_without_any_effect(@TempDir Path folder) {
        Principals principals = new Principals(folder, "ann operator,submitter");
        try (LocalCoordinator coordinator = start("auth.tokenFile", principals.file.toString())) {
            String own = "http://" + coordinator.server.ready().http();
            Map<String, Map<String, String>> forms = forms(principals.at(coordinator, "ann"));
            Map<String, String> signIn = Map.of("token", principals.secret("ann"), "to", "");
            Browser victim = new Browser();
            victim.signIn(coordinator, principals.secret("ann"), "");
            for (String[] headers : foreign(own)) {
                String as = List.of(headers).toString();
                forms.forEach((path, form) -> assertThat(
                                victim.post(coordinator, path, form, headers).statusCode())
                        .as(path + as)
                        .isEqualTo(403));
                assertThat(victim.post(coordinator, "sign-out", Map.of(), headers)
                                .statusCode())
                        .as(as)
                        .isEqualTo(403);
                Browser stranger = new Browser();
                assertThat(stranger.post(coordinator, "sign-in", signIn, headers)
                                .statusCode())
                        .as(as)
                        .isEqualTo(403);
                assertThat(stranger.cookies).isEmpty();
            }
            assertNothingWasDone(coordinator);
            Map<String, String> act = Objects.requireNonNull(forms.get("transaction/operation"));
            assertThat(victim.post(coordinator, "transaction/operation", act, "Origin", own)
                            .statusCode())
                    .isEqualTo(303);
            assertThat(new Browser()
                            .post(coordinator, "sign-in", signIn, "Origin", own)
                            .statusCode())
                    .isEqualTo(303);
        }
    }

    @Test
    void a_read_only_console_shows_everything_and_refuses_forms() {
        try (LocalCoordinator reading = start("console", "read-only")) {
            PageForms console = new PageForms(reading);
            forms(reading)
                    .forEach((path, form) -> assertThat(console.post(path, form).statusCode())
                            .as(path)
                            .isEqualTo(403));
            assertThat(console.page("")).contains(">Read-only<");
            assertThat(console.page("transaction?gid=kept"))
                    .contains("id=\"history\"")
                    .doesNotContain("transaction/operation");
            assertThat(console.page("transactions?gid=kept")).doesNotContain("transactions/operation");
            assertThat(console.page("participants")).doesNotContain("<form");
            assertThat(console.get("transactions/operation?gid=kept&operation=park")
                            .statusCode())
                    .isEqualTo(403);

            String html = console.page("new?example=notification");
            assertThat(html)
                    .contains("value=\"check\"", "This console is read-only")
                    .doesNotContain("value=\"submit\"");
            Map<String, String> plan = PageForms.form(html);
            plan.put("do", "check");
            assertThat(console.post("new", plan).body()).contains("The plan is valid");
            plan.put("do", "submit");
            assertThat(console.post("new", plan).body()).contains("Not accepted", "This console is read-only");
            assertNothingWasDone(reading);
        }
    }
}
