package dev.entente;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom in this jar, and what it may ask of those who use it. */
class ArrowsTest {
    private static final JavaClasses SDK = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.entente.client", "dev.entente.participant", "dev.entente.wire");

    @Test
    void callers_and_participants_do_not_meet_each_others_nouns() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.client")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.entente.participant")
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
                .resideInAPackage("dev.entente.wire")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.participant", "dev.entente.v1")
                .check(SDK);
    }

    @Test
    void nothing_is_needed_but_grpc_protobuf_and_the_platform() {
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
                        "org.slf4j..",
                        "org.jspecify..")
                .check(SDK);
    }
}
