package dev.entente.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.Predefined;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Verifies the dependencies between the server's packages, the libraries of each package, and some rules on names. */
class ArchitectureTest {
    /** A package may use the packages in lower rows, and no other package in its own row. */
    private static final List<List<String>> ROWS = List.of(
            List.of("cli"),
            List.of("app"),
            List.of("api", "console"),
            List.of("engine"),
            List.of("store", "participant"),
            List.of("codec", "http", "connector"),
            List.of("telemetry"),
            List.of("core.codec"),
            List.of("core.decision"),
            List.of("core.plan"),
            List.of("core.payload"),
            List.of("core.transaction"));

    private static final List<String> DECISION_PACKAGES =
            List.of("core.decision", "core.plan", "core.payload", "core.transaction");

    private static final long MAX_FILES = 40;

    private static final DescribedPredicate<JavaClass> WIRE = belongToAnyOf(
            ByteString.class,
            CodedInputStream.class,
            CodedOutputStream.class,
            WireFormat.class,
            InvalidProtocolBufferException.class);

    private static final Set<String> FORBIDDEN_METHODS = Set.of(
            "java.lang.System.nanoTime",
            "java.lang.System.currentTimeMillis",
            "java.lang.Math.random",
            "java.time.Instant.now",
            "java.time.Clock.systemUTC",
            "java.util.UUID.randomUUID");

    private static final DescribedPredicate<AccessTarget> FORBIDDEN_CALL = DescribedPredicate.describe(
            "a clock or a source of randomness",
            target -> FORBIDDEN_METHODS.contains(target.getFullName().replaceFirst("[(].*", "")));

    private static final JavaClasses SERVER = new ClassFileImporter()
            .withImportOption(Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.entente.server", "dev.entente.core");

    @Test
    void packages_use_only_the_packages_below_them() {
        LayeredArchitecture rule = layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.entente.server..", "dev.entente.core..")
                .withOptionalLayers(true)
                .ensureAllClassesAreContainedInArchitecture();
        for (String onePackage : allPackages().toList()) {
            rule = rule.layer(onePackage).definedBy(packageOf(onePackage));
        }
        rule = rule.whereLayer("cli").mayNotBeAccessedByAnyLayer();
        for (int row = 1; row < ROWS.size(); row++) {
            String[] above = ROWS.subList(0, row).stream().flatMap(List::stream).toArray(String[]::new);
            for (String onePackage : ROWS.get(row)) {
                rule = rule.whereLayer(onePackage).mayOnlyBeAccessedByLayers(above);
            }
        }
        check(rule);
    }

    @Test
    void packages_have_no_dependency_cycles() {
        check(slices().matching("dev.entente.(**)").should().beFreeOfCycles());
    }

    @Test
    void every_package_has_at_most_forty_files() {
        Map<String, Long> files = SERVER.stream()
                .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));

        assertThat(files)
                .isNotEmpty()
                .allSatisfy((name, count) -> assertThat(count).describedAs(name).isLessThanOrEqualTo(MAX_FILES));
    }

    @Test
    void the_writer_and_admin_packages_of_the_store_do_not_use_each_other() {
        checkUsedOnlyIn(List.of("store.writer", "app"), "dev.entente.server.store.writer");
        checkUsedOnlyIn(List.of("store.admin", "api", "app", "cli"), "dev.entente.server.store.admin");
    }

    @Test
    void only_the_store_uses_jdbi_and_only_store_app_and_cli_use_jdbc() {
        checkUsedOnlyIn(List.of("store"), "org.jdbi..");
        // app creates the DataSource of the store, and commands read the databases of services.
        checkUsedOnlyIn(
                List.of("store", "app", "cli"), "java.sql..", "javax.sql..", "org.postgresql..", "org.flywaydb..");
    }

    @Test
    void only_api_console_participant_app_and_cli_use_grpc() {
        checkUsedOnlyIn(List.of("api", "console", "participant", "app", "cli"), "io.grpc..");
    }

    @Test
    void only_the_http_packages_use_jetty_and_the_jdk_http_server() {
        checkUsedOnlyIn(List.of("http", "api.connect", "participant.http"), "org.eclipse.jetty..");
        checkUsedOnlyIn(List.of("http"), "com.sun.net.httpserver..");
    }

    @Test
    void only_the_console_uses_templates() {
        checkUsedOnlyIn(List.of("console"), "gg.jte..");
    }

    @Test
    void only_telemetry_and_app_use_the_metrics_libraries() {
        // app creates the registry of telemetry, and serves it at /metrics.
        checkUsedOnlyIn(List.of("telemetry", "app"), "io.micrometer..", "io.prometheus..", "io.opentelemetry..");
    }

    @Test
    void only_the_command_line_uses_picocli() {
        checkUsedOnlyIn(List.of("cli"), "picocli..");
    }

    @Test
    void only_codec_api_console_participant_app_and_cli_use_protobuf_messages() {
        List<String> allowed = List.of("codec", "core.codec", "api", "console", "participant", "app", "cli");
        checkUsedOnlyIn(allowed, "dev.entente.v1..");
        checkUsedOnlyIn(List.of("codec", "core.codec"), "dev.entente.stored..");
        // All packages may use payloads as ByteString, and bindings copy fields between payloads in the wire format,
        // without message classes.
        check(noClasses()
                .that()
                .resideOutsideOfPackages(packagesOf(allowed))
                .should()
                .dependOnClassesThat(resideInAnyPackage("com.google.protobuf..").and(not(WIRE))));
    }

    @Test
    void the_engine_and_core_use_no_threads_clock_or_randomness() {
        check(noClasses()
                .that()
                .resideInAnyPackage(
                        packagesOf(List.of("engine", "core.decision", "core.plan", "core.payload", "core.transaction")))
                .should()
                .dependOnClassesThat(belongToAnyOf(Thread.class, ThreadLocalRandom.class))
                .orShould()
                .callMethodWhere(target(FORBIDDEN_CALL)));
    }

    @Test
    void the_decision_packages_use_no_logger_file_http_client_or_lock() {
        check(noClasses()
                .that()
                .resideInAnyPackage(packagesOf(DECISION_PACKAGES))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.slf4j..", "java.nio.file..", "java.net.http..", "java.util.concurrent.locks.."));
    }

    /** The module's pom enforces this rule, too; this test names the class that breaks it. */
    @Test
    void the_decision_packages_depend_only_on_java_protobuf_gson_and_jspecify() {
        check(classes()
                .that()
                .resideInAnyPackage(packagesOf(DECISION_PACKAGES))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(packagesOf(DECISION_PACKAGES))
                        .or(resideInAnyPackage(
                                "java..", "com.google.gson", "com.google.protobuf", "org.jspecify.annotations"))));
    }

    @Test
    void every_package_is_null_marked() {
        check(classes().should(new BeInANullMarkedPackage()));
    }

    @Test
    void no_class_name_has_a_generic_suffix() {
        check(noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Processor|Impl)"));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(SERVER);
    }

    private static Stream<String> allPackages() {
        return ROWS.stream().flatMap(List::stream);
    }

    private static String packageOf(String onePackage) {
        return (onePackage.startsWith("core.") ? "dev.entente." : "dev.entente.server.") + onePackage + "..";
    }

    private static String[] packagesOf(List<String> packages) {
        return packages.stream().map(ArchitectureTest::packageOf).toArray(String[]::new);
    }

    private static void checkUsedOnlyIn(List<String> users, String... packages) {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(packagesOf(users))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages));
    }

    private static final class BeInANullMarkedPackage extends ArchCondition<JavaClass> {
        BeInANullMarkedPackage() {
            super("be in a package whose package-info.java says @NullMarked");
        }

        @Override
        public void check(JavaClass item, ConditionEvents events) {
            boolean marked = item.getPackage().isAnnotatedWith(NullMarked.class);
            String message = item.getName() + (marked ? " is" : " is not") + " in a @NullMarked package";
            events.add(new SimpleConditionEvent(item, marked, message));
        }
    }
}
