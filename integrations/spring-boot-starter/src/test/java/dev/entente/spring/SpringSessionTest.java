package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.idempotency.Idempotent;
import dev.entente.jdbc.Dialect;
import jakarta.servlet.http.HttpSession;
import java.net.http.HttpResponse;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.session.MapSessionRepository;
import org.springframework.session.config.annotation.web.http.EnableSpringHttpSession;
import org.springframework.session.web.http.CookieSerializer;
import org.springframework.session.web.http.DefaultCookieSerializer;
import org.springframework.session.web.http.HeaderHttpSessionIdResolver;
import org.springframework.session.web.http.HttpSessionIdResolver;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tests sessions of Spring Session that an idempotent handler starts. */
final class SpringSessionTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableSpringHttpSession
    @Import({MarkedApplication.Ledger.class, Visits.class})
    static class Cookies {
        @Bean
        MapSessionRepository sessions() {
            return new MapSessionRepository(new ConcurrentHashMap<>());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Cookies.class)
    static class NamedCookies {
        @Bean
        CookieSerializer serializer() {
            DefaultCookieSerializer serializer = new DefaultCookieSerializer();
            serializer.setCookieName("VISIT");
            serializer.setSameSite("Strict");
            return serializer;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Cookies.class)
    static class ContainersCookies {
        @Bean
        ServletContextInitializer names() {
            return context -> context.getSessionCookieConfig().setName("SID");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Cookies.class)
    static class Headers {
        @Bean
        HttpSessionIdResolver resolver() {
            return HeaderHttpSessionIdResolver.xAuthToken();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({MarkedApplication.Ledger.class, Visits.class})
    static class Containers {}

    @RestController
    static class Visits {
        @PostMapping("/visit")
        @Idempotent
        String visit(HttpSession session) {
            Object before = session.getAttribute("visitor");
            session.setAttribute("visitor", "known");
            return String.valueOf(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {Cookies.class, NamedCookies.class, ContainersCookies.class, Headers.class, Containers.class})
    void a_repeated_response_leads_to_the_session_of_the_first_response(Class<?> sessions) {
        try (ConfigurableApplicationContext application = MarkedApplication.start(Dialect.POSTGRES, sessions)) {
            String carrier = sessions == Headers.class ? "x-auth-token" : "set-cookie";
            HttpResponse<String> first = visit(application, "a");
            HttpResponse<String> again = visit(application, "a");

            assertThat(again.headers().firstValue("idempotency-replayed")).hasValue("true");
            assertThat(first.headers().allValues(carrier)).hasSize(1);
            assertThat(again.headers().allValues(carrier))
                    .isEqualTo(first.headers().allValues(carrier));
            String value = again.headers().firstValue(carrier).orElseThrow().replaceAll(";.*", "");
            assertThat(visit(application, "b", sessions == Headers.class ? carrier : "cookie", value)
                            .body())
                    .isEqualTo("known");
            assertThat(visit(application, "c").body()).isEqualTo("null");
        }
    }

    private static HttpResponse<String> visit(
            ConfigurableApplicationContext application, String key, String... headers) {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Idempotency-Key";
        all[headers.length + 1] = key;
        return TestRequests.send(application, "POST", "/visit", "", all);
    }
}
