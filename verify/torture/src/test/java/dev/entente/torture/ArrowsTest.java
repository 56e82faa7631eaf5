package dev.entente.torture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The permitted dependencies between this module's packages. */
final class ArrowsTest {
    private static final JavaClasses TORTURE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.entente.torture");

    @Test
    void the_checker_shares_no_code_with_the_checked_programs() {
        DescribedPredicate<JavaClass> others = DescribedPredicate.describe(
                "anything but the JDK and itself",
                other -> !other.getPackageName().startsWith("java.")
                        && !other.getPackageName().isEmpty()
                        && !other.getPackageName().equals("org.jspecify.annotations")
                        && !other.getPackageName().equals("dev.entente.torture.check"));
        noClasses()
                .that()
                .resideInAPackage("dev.entente.torture.check")
                .should()
                .dependOnClassesThat(others)
                .check(TORTURE);
    }

    @Test
    void this_module_does_not_depend_on_the_server() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.entente.server..")
                .check(TORTURE);
    }

    @Test
    void participants_depend_on_the_client_only_for_tries_with_children() {
        noClasses()
                .that()
                .resideInAPackage("dev.entente.torture.participant")
                .and()
                .haveSimpleNameNotContaining("ChildTries")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.entente.client", "dev.entente.torture.check", "dev.entente.torture.inject")
                .check(TORTURE);
    }
}
