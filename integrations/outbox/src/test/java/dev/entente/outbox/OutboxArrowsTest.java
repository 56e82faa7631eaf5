package dev.entente.outbox;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The permitted dependencies of this jar. */
class OutboxArrowsTest {
    private static final JavaClasses OUTBOX = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.entente.outbox");

    @Test
    void the_outbox_does_not_depend_on_participants() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.entente.participant..")
                .check(OUTBOX);
    }

    @Test
    void each_optional_library_is_used_by_one_class_only() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.Maintenance(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.postgresql..")
                .check(OUTBOX);
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.OutboxMeters(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .check(OUTBOX);
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
                        "com.google.rpc..",
                        "org.postgresql..",
                        "io.micrometer..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(OUTBOX);
    }
}
