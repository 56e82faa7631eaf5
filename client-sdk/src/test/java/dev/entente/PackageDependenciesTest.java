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
class PackageDependenciesTest {
    private static final JavaClasses SDK = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(
                    "dev.entente.client",
                    "dev.entente.http",
                    "dev.entente.jdbc",
                    "dev.entente.participant",
                    "dev.entente.stream",
                    "dev.entente.trace",
                    "dev.entente.wire");

    @Test
    void packages_of_callers_and_participants_do_not_use_each_other() {
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
        classes()
                .that()
                .resideInAPackage("dev.entente.trace")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.entente.trace", "dev.entente.wire", "io.opentelemetry..", "java..", "org.jspecify..")
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
    void the_jdbc_package_uses_no_client_participant_or_wire_package() {
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
    void packages_have_no_cyclic_dependencies() {
        slices().matching("dev.entente.(**)").should().beFreeOfCycles().check(SDK);
    }

    @Test
    void the_channel_package_uses_no_client_stream_or_proto_package() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.client.channel")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.stream", "dev.entente.v1")
                .check(SDK);
    }

    @Test
    void the_call_package_does_not_use_the_client_package() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.client.call")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.entente.client")
                .check(SDK);
    }

    @Test
    void the_barrier_package_uses_only_jdbc_wire_and_protobuf() {
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
    void optional_libraries_are_used_by_listed_classes_only() {
        noClasses()
                .that(areNot("BodySavepoint"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.postgresql..")
                .check(SDK);
        noClasses()
                .that(areNot("BranchServletFilter", "BufferedHttpResponse", "StoredHttpResponse", "TomcatResponse"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta..")
                .check(SDK);
        noClasses()
                .that(areNot("OpenTelemetryTracing"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.opentelemetry..")
                .check(SDK);
        noClasses()
                .that(areNot("BranchHttpFilter"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.net.httpserver..")
                .check(SDK);
    }

    @Test
    void the_sdk_needs_only_grpc_protobuf_slf4j_and_the_jdk() {
        classes()
                .that(areNot(
                        "BranchHttpFilter",
                        "BranchServletFilter",
                        "BodySavepoint",
                        "BufferedHttpResponse",
                        "OpenTelemetryTracing",
                        "StoredHttpResponse",
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
        return found.getEnclosingClass().map(PackageDependenciesTest::outermost).orElse(found);
    }
}
