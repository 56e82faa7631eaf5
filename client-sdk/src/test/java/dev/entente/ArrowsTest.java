package dev.entente;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The permitted dependencies between this jar's packages, and of the jar on libraries. */
class ArrowsTest {
    private static final JavaClasses SDK = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(
                    "dev.entente.client",
                    "dev.entente.http",
                    "dev.entente.jdbc",
                    "dev.entente.participant",
                    "dev.entente.stream",
                    "dev.entente.wire");

    @Test
    void callers_and_participants_do_not_meet_each_others_nouns() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.client..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.entente.participant..")
                .check(SDK);
        noClasses()
                .that()
                .resideInAPackage("dev.entente.participant")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.v1")
                .check(SDK);
        noClasses()
                .that()
                .resideInAPackage("dev.entente.participant.stream")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.participant")
                .check(SDK);
        noClasses()
                .that()
                .resideInAPackage("dev.entente.participant.checks")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.participant.stream")
                .check(SDK);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.entente.participant.wiring")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.entente.participant.wiring")
                .check(SDK);
        noClasses()
                .that()
                .resideInAPackage("dev.entente.stream")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.participant..")
                .check(SDK);
        noClasses()
                .that()
                .resideInAPackage("dev.entente.wire")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.participant", "dev.entente.v1")
                .check(SDK);
    }

    @Test
    void access_to_tables_knows_no_calls() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.jdbc")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.entente.client", "dev.entente.participant..", "dev.entente.v1", "dev.entente.wire")
                .check(SDK);
    }

    @Test
    void no_two_packages_use_each_other() {
        slices().matching("dev.entente.(**)").should().beFreeOfCycles().check(SDK);
    }

    @Test
    void the_way_to_a_coordinator_knows_nothing_of_plans() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.client.channel")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.stream", "dev.entente.v1")
                .check(SDK);
    }

    @Test
    void calls_know_none_of_the_clients_nouns() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.client.call")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.entente.client")
                .check(SDK);
    }

    @Test
    void the_statements_of_a_barrier_know_no_calls() {
        classes()
                .that()
                .resideInAPackage("dev.entente.participant.barrier")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.entente",
                        "dev.entente.jdbc",
                        "dev.entente.participant.barrier",
                        "dev.entente.wire",
                        "com.google.protobuf",
                        "java..",
                        "org.jspecify..")
                .check(SDK);
    }

    @Test
    void what_may_be_missing_is_asked_for_by_few_classes() {
        noClasses()
                .that(areNot("BodySavepoint"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.postgresql..")
                .check(SDK);
        noClasses()
                .that(areNot("BranchServletFilter", "HeldResponse", "KeptHttpAnswer", "TomcatResponse"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta..")
                .check(SDK);
        noClasses()
                .that(areNot("BranchHttpFilter"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.net.httpserver..")
                .check(SDK);
    }

    @Test
    void nothing_is_needed_but_grpc_protobuf_and_the_platform() {
        classes()
                .that(areNot(
                        "BranchHttpFilter",
                        "BranchServletFilter",
                        "BodySavepoint",
                        "HeldResponse",
                        "KeptHttpAnswer",
                        "TomcatResponse"))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.entente..",
                        "java..",
                        "javax.sql..",
                        "javax.crypto..",
                        "javax.net.ssl..",
                        "io.grpc..",
                        "com.google.protobuf..",
                        "com.google.rpc..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(SDK);
    }

    private static DescribedPredicate<JavaClass> areNot(String... names) {
        return DescribedPredicate.describe(
                "are not " + List.of(names),
                found -> !List.of(names).contains(outermost(found).getSimpleName()));
    }

    private static JavaClass outermost(JavaClass found) {
        return found.getEnclosingClass().map(ArrowsTest::outermost).orElse(found);
    }
}
