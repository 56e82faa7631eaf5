package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.LoopbackPorts;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.rig.RigCoordinator;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AuthenticationFilter;
import org.springframework.security.web.authentication.HttpStatusEntryPoint;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tests steps behind Spring Security, with the filter chain of docs/spring.md and a real coordinator. */
final class SecurityIT {
    @TempDir
    private static Path folder;

    private static RigCoordinator coordinator;
    private static ConfigurableApplicationContext application;
    private static Entente entente;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Steps.class)
    static class Application {
        private static final Map<String, List<String>> RIGHTS =
                Map.of("coordinator-token", List.of("steps"), "other-token", List.of("reports"));

        @Bean
        @Order(1)
        SecurityFilterChain steps(HttpSecurity http) {
            AuthenticationFilter bearer = new AuthenticationFilter(
                    (AuthenticationManager) Application::known, request -> token(request.getHeader("Authorization")));
            bearer.setSuccessHandler((request, response, user) -> {});
            return http.securityMatcher("/steps/**")
                    .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .csrf(CsrfConfigurer::disable)
                    .addFilterBefore(bearer, UsernamePasswordAuthenticationFilter.class)
                    .exceptionHandling(refused ->
                            refused.authenticationEntryPoint(new HttpStatusEntryPoint(HttpStatus.UNAUTHORIZED)))
                    .authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("steps"))
                    .build();
        }

        /** A filter chain as in most applications. */
        @Bean
        @Order(2)
        SecurityFilterChain pages(HttpSecurity http) {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .formLogin(Customizer.withDefaults())
                    .build();
        }

        private static @Nullable Authentication token(@Nullable String header) {
            return header == null
                    ? null
                    : new PreAuthenticatedAuthenticationToken("coordinator", header.replace("Bearer ", ""));
        }

        private static Authentication known(Authentication presented) {
            List<String> rights = RIGHTS.get(String.valueOf(presented.getCredentials()));
            if (rights == null) {
                throw new BadCredentialsException("no such token");
            }
            return new PreAuthenticatedAuthenticationToken(
                    "coordinator", "", AuthorityUtils.createAuthorityList(rights));
        }
    }

    @RestController
    static class Steps {
        @PostMapping("/steps/pay")
        @Barriered
        String pay() {
            return "paid";
        }

        @PostMapping("/pay")
        @Barriered
        String outsideOfTheChain() {
            return "paid";
        }
    }

    @BeforeAll
    static void start() throws Exception {
        int port = LoopbackPorts.next();
        String url = "http://127.0.0.1:" + port;
        Map<String, String> targets = Map.of("knows", url, "nothing", url, "other", url);
        Map<String, String> options = Map.of(
                "participants.knows.tokenFile",
                        Files.writeString(folder.resolve("knows"), "coordinator-token\n")
                                .toString(),
                "participants.other.tokenFile",
                        Files.writeString(folder.resolve("other"), "other-token\n")
                                .toString());
        coordinator = TestDatabase.playground().startCoordinator("node-1", 0, 0, targets, options);
        application = new SpringApplicationBuilder(Application.class)
                .run(
                        "--server.port=" + port,
                        "--server.address=127.0.0.1",
                        "--spring.autoconfigure.exclude=",
                        "--spring.datasource.url=" + TestDatabase.url(),
                        "--spring.jpa.hibernate.ddl-auto=none",
                        "--entente.target=" + coordinator.ready().grpc(),
                        "--entente.barrier.create-table=true");
        entente = application.getBean(Entente.class);
    }

    @AfterAll
    static void stop() {
        application.close();
        coordinator.close();
    }

    private static void submit(String gid, String participant, String path) {
        Saga saga = entente.saga("pay").gid(gid);
        saga.step("pay", entente.participant(participant).post(path).body(new byte[0]))
                .nothingToUndo();
        saga.submit();
    }

    private static String lastError(String gid) {
        return entente.transactions().get(gid).getBranches(0).getLastError();
    }

    private static void assertParks(String gid) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                entente.transactions().get(gid).getParked().getReason())
                        .isEqualTo(Parked.Reason.TARGET_MISCONFIGURED));
    }

    @Test
    void a_call_with_the_participants_token_passes_and_others_are_401_or_403() {
        submit("with-token", "knows", "/steps/pay");
        submit("without", "nothing", "/steps/pay");
        submit("without-right", "other", "/steps/pay");
        submit("without-csrf", "knows", "/pay");

        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                entente.transactions().get("with-token").getState())
                        .isEqualTo(Transaction.State.SUCCEEDED));
        Awaitility.await().untilAsserted(() -> assertThat(lastError("without")).contains("HTTP 401"));
        Awaitility.await()
                .untilAsserted(() -> assertThat(lastError("without-right")).contains("HTTP 403"));
        Awaitility.await()
                .untilAsserted(() -> assertThat(lastError("without-csrf")).contains("HTTP 302: redirects"));
    }

    @Test
    @Tag("deep")
    @Tag("starter")
    void a_call_refused_for_a_minute_parks_the_transaction() {
        submit("no-credential", "nothing", "/steps/pay");
        submit("no-right", "other", "/steps/pay");

        assertParks("no-credential");
        assertParks("no-right");
    }
}
