package dev.entente.patterns;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The permitted dependencies of this jar. */
class PatternsArrowsTest {
    private static final JavaClasses PATTERNS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.entente.eventstore", "dev.entente.idempotency", "dev.entente.statemachine");

    @Test
    void the_patterns_do_not_depend_on_global_transactions() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client..", "dev.entente.participant..", "dev.entente.v1")
                .orShould()
                .dependOnClassesThat(resideInAPackage("dev.entente.wire")
                        .and(not(simpleName("SameBytes")))
                        .and(not(simpleName("GrowingWait"))))
                .check(PATTERNS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev.entente.eventstore", "dev.entente.idempotency", "dev.entente.statemachine"})
    void no_pattern_depends_on_another_pattern(String pattern) {
        noClasses()
                .that()
                .resideOutsideOfPackage(pattern)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(pattern)
                .check(PATTERNS);
    }

    @Test
    void only_the_named_classes_use_optional_libraries() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.(IdempotencyFilter|RepeatableRequest)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta..")
                .check(PATTERNS);
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.RedisKeyStore(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("redis..")
                .check(PATTERNS);
    }

    @Test
    void only_permitted_libraries_are_used() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.entente..",
                        "java..",
                        "javax.sql..",
                        "io.grpc..",
                        "com.google.protobuf..",
                        "jakarta.servlet..",
                        "redis..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(PATTERNS);
    }
}
