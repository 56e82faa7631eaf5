package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.NginxProxy;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.codec.ExamplePlan;
import dev.entente.v1.HistoryEvent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users of a real nginx with {@code auth_request}, at one coordinator. Another coordinator has the transactions. */
class ProxyUsersTest {
    /** The cookie {@code sso} of a user's session has the user's name. */
    private static final String SIGN_ON = """
        location = /sso {
          if ($cookie_sso = "") { return 401; }
          add_header X-Auth-Request-Email $cookie_sso;
          return 204;
        }
        location = /auth {
          internal;
          proxy_pass http://127.0.0.1:$server_port/sso;
          proxy_pass_request_body off;
          proxy_set_header Content-Length "";
        }
        location / {
          auth_request /auth;
          auth_request_set $user $upstream_http_x_auth_request_email;
          proxy_pass http://coordinator;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-Proto https;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_set_header X-Forwarded-User $user;
        }
        """;

    private static final String ANN = "ann@shop.example";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    private static Principals principals;
    private static LocalCoordinator owner;
    private static LocalCoordinator proxied;
    private static NginxProxy nginx;

    @BeforeAll
    static void start() throws Exception {
        NginxProxy.PROGRAM.require();
        principals = new Principals(folder, "root admin", "shop submitter", ANN + " viewer");
        String tokens = principals.file.toString();
        owner = LocalCoordinator.start("auth.tokenFile", tokens, "participants.stock.target", "localhost:1");
        String settings = "auth.tokenFile " + tokens + " http.trustedProxies 127.0.0.1 http.userHeader X-Forwarded-User"
                + " http.userRoles *=viewer," + ANN + "=operator";
        proxied = LocalCoordinator.start(owner.database, "node-b", settings.split(" ", -1));
        nginx = new NginxProxy(proxied.server.ready().http(), SIGN_ON);
        nginx.start();
    }

    @AfterAll
    static void stop() {
        HTTP.close();
        if (nginx != null) {
            nginx.close();
            proxied.close();
            owner.close();
        }
    }

    /** Sends a request through nginx, with a false name and the cookie of a user. */
    private static HttpResponse<String> send(String user, String path, HttpRequest.Builder request) throws Exception {
        request.uri(URI.create("http://127.0.0.1:" + nginx.port() + "/" + path))
                .headers("Accept", "text/html", "Cookie", "sso=" + user, "X-Forwarded-User", "root")
                .headers("X-Forwarded-For", "203.0.113.7", "Sec-Fetch-Site", "same-origin");
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(String user, String path) throws Exception {
        return send(user, path, HttpRequest.newBuilder());
    }

    /** Sends the form of a page. */
    private static HttpResponse<String> submit(String user, String page, Map<String, String> more) throws Exception {
        Map<String, String> form = PageForms.form(get(ANN, page).body());
        form.putAll(more);
        return post(user, page.replaceFirst("[?].*", ""), "application/x-www-form-urlencoded", Browser.encoded(form));
    }

    private static HttpResponse<String> post(String user, String path, String type, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body));
        return send(user, path, request.header("Content-Type", type));
    }

    private static void awaitAudit(String actor, String operation, String gid, int count) {
        String sql = "select count(*) from audit_entry where actor = '%s' and operation = '%s' and gid like '%s'"
                        .formatted(actor, operation, gid)
                + " and peer = 'X-Forwarded-User@203.0.113.7'";
        await().untilAsserted(() -> assertThat(owner.number(sql)).isEqualTo(count));
    }

    @Test
    void the_users_name_is_in_the_approval_and_in_the_audit() throws Exception {
        principals.at(owner, "shop").submit(SamplePlans.asking("asks"));
        await().until(() -> get(ANN, "transaction?gid=asks").body().contains("operation=approve"));
        String approve = "transaction/operation?gid=asks&branch=manager&operation=approve";
        assertThat(submit(ANN, approve, Map.of("reason", "fine")).statusCode()).isEqualTo(303);

        awaitAudit(ANN, "approve", "asks", 1);
        assertThat(principals.at(owner, "root").described("asks").getHistoryList())
                .filteredOn(event -> event.getKind().equals("APPROVAL_DECIDED"))
                .extracting(HistoryEvent::getActor)
                .containsExactly(ANN);
        assertThat(get(ANN, "audit").body())
                .contains("<bdi>" + ANN + "</bdi> <span class=\"quiet\"><bdi>X-Forwarded-User@203.0.113.7</bdi>");
    }

    /** The run continues after the response, and checks its caller before each transaction. */
    @Test
    void a_bulk_run_continues_after_the_users_request() throws Exception {
        for (int i = 0; i < 30; i++) {
            principals.at(owner, "shop").submit(SamplePlans.scheduled("bulk-" + i));
        }
        HttpResponse<String> begun = submit(
                ANN, "transactions/operation?gid=bulk-&operation=park", Map.of("why", "stock-take", "number", "30"));
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(303);
        awaitAudit(ANN, "park", "bulk-%", 30);
    }

    @Test
    void a_user_without_an_entry_has_the_default_role() throws Exception {
        principals.at(owner, "shop").submit(SamplePlans.scheduled("mine"));
        HttpResponse<String> overview = get("vic", "");
        assertThat(overview.body()).contains("<bdi>vic</bdi>").doesNotContain("sign-out");
        MarkupRules.verify(overview.body());
        assertThat(get("vic", "audit").statusCode()).isEqualTo(403);
        assertThat(get("vic", "sign-in").statusCode()).isEqualTo(303);
        assertThat(submit("vic", "transaction/operation?gid=mine&operation=park", Map.of("reason", "odd"))
                        .statusCode())
                .isEqualTo(403);
        Map<String, String> plan = Map.of("do", "submit", "gid", "made", "plan", ExamplePlan.notification.text());
        assertThat(submit("vic", "new", plan).body()).contains("submitting require the role submitter");
        assertThat(get("coordinator", "").statusCode())
                .as("a name of the audit itself")
                .isEqualTo(403);
    }

    @Test
    void without_a_name_pages_need_a_session_and_calls_always_need_a_token() throws Exception {
        assertThat(new Browser().status(proxied, "")).isEqualTo(401);
        String call = "entente.v1.TransactionService/GetTransaction";
        assertThat(post(ANN, call, "application/json", "{}").body()).contains("ENT-060");
    }
}
