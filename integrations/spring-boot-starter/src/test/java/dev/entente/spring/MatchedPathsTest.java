package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.jdbc.Dialect;
import dev.entente.spring.MarkedApplication.Ledger;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.UrlHandlerFilter;
import org.springframework.web.servlet.config.annotation.PathMatchConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.util.pattern.PathPatternParser;

/** Tests keys on configured paths when the application matches handlers by its own rules. */
final class MatchedPathsTest {
    private static final String ANT = "spring.mvc.pathmatch.matching-strategy=ant_path_matcher";
    private static final String CASELESS = "test.caseless=true";

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Ledger.class, Charges.class})
    static class Application {
        @Bean
        UrlHandlerFilter slashes() {
            return UrlHandlerFilter.trailingSlashHandler("/**").wrapRequest().build();
        }

        @Bean
        @ConditionalOnProperty("test.caseless")
        WebMvcConfigurer caseless() {
            return new WebMvcConfigurer() {
                @Override
                public void configurePathMatch(PathMatchConfigurer paths) {
                    PathPatternParser parser = new PathPatternParser();
                    parser.setCaseSensitive(false);
                    paths.setPatternParser(parser);
                }
            };
        }
    }

    @RestController
    static class Charges {
        private final Ledger ledger;

        Charges(Ledger ledger) {
            this.ledger = ledger;
        }

        @PostMapping({"/charge/{id}", "/pay"})
        String charge(@PathVariable(required = false) String id) {
            return "" + ledger.write("one");
        }
    }

    @ParameterizedTest
    @CsvSource({
        ANT + ", /charge/7",
        ANT + ", //charge/7",
        ANT + ", /charge//7",
        ANT + ", /pay;v=1",
        CASELESS + ", /CHARGE/7",
        CASELESS + ", /Pay/",
        CASELESS + ", /charge/7/",
        CASELESS + ", /p%61y",
    })
    void a_response_of_any_matching_path_is_stored(String rules, String path) {
        try (ConfigurableApplicationContext application = MarkedApplication.start(
                Dialect.POSTGRES,
                Application.class,
                rules,
                "entente.idempotency.paths=/charge/**,/pay",
                "entente.idempotency.required=true")) {
            String key = UUID.randomUUID().toString();
            var first = TestRequests.send(application, "POST", path, "", "Idempotency-Key", key);
            var again = TestRequests.send(application, "POST", path, "", "Idempotency-Key", key);

            assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.headers().firstValue("idempotency-replayed")).hasValue("true");
            assertThat(TestRequests.send(application, "POST", path, "").statusCode())
                    .isEqualTo(400);
            assertThat(application.getBean(Ledger.class).kept("one")).isEqualTo(1);
        }
    }
}
