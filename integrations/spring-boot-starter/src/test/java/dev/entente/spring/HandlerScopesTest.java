package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.entente.idempotency.Idempotent;
import dev.entente.jdbc.Dialect;
import dev.entente.spring.MarkedApplication.Ledger;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.stereotype.Service;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.annotation.RequestScope;
import org.springframework.web.context.annotation.SessionScope;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Tests marked handlers of beans in all scopes from the first request on, with real Tomcat and PostgreSQL. */
final class HandlerScopesTest {
    private static final String[] LAZY = {"spring.main.lazy-initialization=true"};

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Ledger.class)
    static class Application {}

    static class Keyed {
        final Ledger ledger;

        Keyed(Ledger ledger) {
            this.ledger = ledger;
        }

        @PostMapping("/keyed/{id}")
        @Idempotent
        public String keyed(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }
    }

    /** Handlers for all kinds of callers. Each controller below inherits the handlers. */
    static class Handlers extends Keyed {
        Handlers(Ledger ledger) {
            super(ledger);
        }

        @PostMapping("/barriered/{id}")
        @Barriered
        public String barriered(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }

        @PostMapping("/both/{id}")
        @Barriered(bareCalls = true)
        @Idempotent
        public String both(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }
    }

    @RestController
    static class Singleton extends Handlers {
        Singleton(Ledger ledger) {
            super(ledger);
        }
    }

    @RestController
    @Lazy
    static class LazySingleton extends Handlers {
        LazySingleton(Ledger ledger) {
            super(ledger);
        }
    }

    @RestController
    @Scope("prototype")
    static class Prototype extends Handlers {
        Prototype(Ledger ledger) {
            super(ledger);
        }
    }

    @RestController
    @Scope(value = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
    static class ProxiedPrototype extends Handlers {
        ProxiedPrototype(Ledger ledger) {
            super(ledger);
        }
    }

    @RestController
    @RequestScope
    static class OfRequest extends Handlers {
        OfRequest(Ledger ledger) {
            super(ledger);
        }
    }

    @RestController
    @Scope("request")
    static class OfRequestWithoutProxy extends Handlers {
        OfRequestWithoutProxy(Ledger ledger) {
            super(ledger);
        }
    }

    @RestController
    @SessionScope
    static class OfSession extends Handlers {
        OfSession(Ledger ledger) {
            super(ledger);
        }
    }

    static Stream<Arguments> scopes() {
        return Stream.concat(
                Stream.of(
                                LazySingleton.class,
                                Prototype.class,
                                ProxiedPrototype.class,
                                OfRequest.class,
                                OfRequestWithoutProxy.class,
                                OfSession.class)
                        .map(type -> arguments(type, new String[0])),
                Stream.of(Singleton.class, Prototype.class, OfRequest.class, OfSession.class)
                        .map(type -> arguments(type, LAZY)));
    }

    private static ConfigurableApplicationContext started(Class<?> handlers, String... properties) {
        return MarkedApplication.start(Dialect.POSTGRES, Application.class, with(handlers, properties));
    }

    private static String[] with(Class<?> handlers, String... properties) {
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("spring.main.sources=" + handlers.getName());
        return all.toArray(String[]::new);
    }

    /** Sends the request three times and returns the number of runs. */
    private static int runs(ConfigurableApplicationContext application, String path, String... headers) {
        String id = UUID.randomUUID().toString();
        for (int i = 0; i < 3; i++) {
            String[] named =
                    Stream.of(headers).map(header -> header.replace("{}", id)).toArray(String[]::new);
            HttpResponse<String> answer = TestRequests.send(application, "POST", path + id, "", named);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).startsWith(id);
        }
        return application.getBean(Ledger.class).kept(id);
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void marks_apply_from_the_first_request(Class<?> handlers, String[] properties) {
        String[] call = {"entente-gid", "{}", "entente-branch", "b", "entente-op", "action"};
        String[] keyed = {"Idempotency-Key", "{}"};
        String[] keyedCall = Stream.of(keyed, call).flatMap(Stream::of).toArray(String[]::new);
        try (ConfigurableApplicationContext application = started(handlers, properties)) {
            assertThat(runs(application, "/keyed/", keyed)).isEqualTo(1);
            assertThat(runs(application, "/keyed/", call)).isEqualTo(1);
            assertThat(runs(application, "/keyed/", keyedCall)).isEqualTo(1);
            assertThat(runs(application, "/barriered/", call)).isEqualTo(1);
            assertThat(runs(application, "/barriered/", keyedCall)).isEqualTo(1);
            assertThat(runs(application, "/both/", call)).isEqualTo(1);
            assertThat(runs(application, "/both/", keyed)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_first_request_without_a_required_key_is_refused(Class<?> handlers, String[] properties) {
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("entente.idempotency.required=true");
        try (ConfigurableApplicationContext application = started(handlers, all.toArray(String[]::new))) {
            assertThat(TestRequests.send(application, "POST", "/keyed/first", "")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(application.getBean(Ledger.class).kept("first")).isZero();
        }
    }

    @Service
    @Lazy
    static class LazyNoHandler {
        @Barriered
        public String wrong() {
            return "";
        }
    }

    @RestController
    @RequestScope
    static class OfRequestAndPrivate {
        @PostMapping
        @Barriered
        private String wrong() {
            return "";
        }
    }

    /** Takes the handlers in its constructor, as method security does with its deciding beans. */
    static class Early implements BeanPostProcessor {
        Early(Singleton handlers) {
            assertThat(handlers).isNotNull();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import({Singleton.class, Early.class})
    static class TakenEarly {}

    @Configuration(proxyBeanMethods = false)
    static class RegisteredByHand {
        @Bean
        static SmartInitializingSingleton registered(ConfigurableListableBeanFactory beans, Ledger ledger) {
            beans.registerSingleton("byHand", new Singleton(ledger));
            return () -> {};
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Lazy(false)
    static class MappedByHand {
        MappedByHand(@Qualifier("requestMappingHandlerMapping") RequestMappingHandlerMapping mapping, Ledger ledger)
                throws NoSuchMethodException {
            mapping.registerMapping(
                    RequestMappingInfo.paths("/by-hand/{id}").build(),
                    new Singleton(ledger),
                    Handlers.class.getMethod("barriered", String.class));
        }
    }

    static final List<Arguments> WRONG = List.of(
            arguments(LazyNoHandler.class, "wrong is not a handler"),
            arguments(OfRequestAndPrivate.class, "wrong is private"),
            arguments(TakenEarly.class, "Singleton; the handler was created manually, or before the barrier"),
            arguments(RegisteredByHand.class, "Singleton; the handler was created manually, or before the barrier"),
            arguments(MappedByHand.class, "Singleton; the handler was created manually, or before the barrier"));

    @ParameterizedTest
    @FieldSource("WRONG")
    void a_mark_without_effect_is_refused_at_the_start(Class<?> wrong, String message) {
        for (String[] properties : new String[][] {{}, LAZY}) {
            assertThatThrownBy(() -> started(wrong, properties).close())
                    .isInstanceOf(WrongSetup.class)
                    .hasMessageContaining(message);
        }
    }

    @RestController
    static class KeyedAlone extends Keyed {
        KeyedAlone(Ledger ledger) {
            super(ledger);
        }
    }

    static class EarlyKeys implements BeanPostProcessor {
        EarlyKeys(KeyedAlone handlers) {
            assertThat(handlers).isNotNull();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import({KeyedAlone.class, EarlyKeys.class})
    static class KeyedEarly {}

    @Configuration(proxyBeanMethods = false)
    @Lazy(false)
    static class KeyedByHand {
        KeyedByHand(@Qualifier("requestMappingHandlerMapping") RequestMappingHandlerMapping mapping, Ledger ledger)
                throws NoSuchMethodException {
            mapping.registerMapping(
                    RequestMappingInfo.paths("/keyed/{id}").build(),
                    new KeyedAlone(ledger),
                    Keyed.class.getMethod("keyed", String.class));
        }
    }

    static final List<Class<?>> EARLY = List.of(KeyedEarly.class, KeyedByHand.class);

    @ParameterizedTest
    @FieldSource("EARLY")
    void idempotency_keys_work_for_handlers_that_are_created_early(Class<?> handlers) {
        try (ConfigurableApplicationContext application = started(handlers)) {
            assertThat(runs(application, "/keyed/", "Idempotency-Key", "{}")).isEqualTo(1);
        }
    }
}
