/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The command line of installers and technicians: reads it, and calls one verb. */
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "smi.h"

/** Options that not every verb takes. */
enum verb_options {
	TAKES_NODE = 1 << 0,
	TAKES_WATCH = 1 << 1,
	TAKES_STATE = 1 << 2, /* And --contract. */
};

struct verb {
	const char *first;
	const char *second;   /* NULL: one word. */
	const char *argument; /* How help calls it; NULL: takes none. */
	unsigned int options;
	enum smi_exit (*run)(const struct smi_options *options);
};

static const struct verb verbs[] = {
	{"status", NULL, NULL, TAKES_NODE, smi_status},
	{"devices", NULL, NULL, TAKES_NODE | TAKES_WATCH, smi_devices},
	{"ledger", "head", NULL, TAKES_NODE | TAKES_STATE, smi_ledger_head},
	{"ledger", "verify", NULL, TAKES_NODE | TAKES_STATE, smi_ledger_verify},
	{"ledger", "readings", NULL, TAKES_STATE, smi_ledger_readings},
	{"contract", "show", NULL, TAKES_NODE, smi_contract_show},
	{"contract", "check", "FILE", 0, smi_contract_check},
	{"keys", "make", "DIR", 0, smi_keys_make},
	{"snapshot", NULL, NULL, TAKES_NODE, smi_snapshot},
};

static const char HELP[] =
	"smi - looks at a home energy hub, and finds out what is wrong with it\n"
	"\n"
	"Usage: smi [--node NAME] [--json] VERB\n"
	"\n"
	"Ask the running daemon:\n"
	"  status               state, agreement, power, ledger and alarms on one screen\n"
	"  devices [--watch]    every device with its power and age; --watch: live\n"
	"  ledger head          height, hash and time of the newest final block\n"
	"  ledger verify        the daemon checks its whole ledger again\n"
	"  contract show        the rules of the home as their file says them\n"
	"  snapshot             everything on the bus, as JSON\n"
	"\n"
	"Read files, with or without a daemon:\n"
	"  ledger head|verify|readings --state DIR [--contract FILE]\n"
	"                       the ledger in a state directory; readings prints every\n"
	"                       final reading in the order of the log\n"
	"  contract check FILE  is this a contract, and for whom?\n"
	"  keys make DIR        makes a node's key pairs if they are missing, and prints\n"
	"                       the public halves as a contract wants them\n"
	"\n"
	"Options:\n"
	"  --node NAME          another node of a demonstration, by its name\n"
	"  --json               for programs: one JSON object, or one a line\n"
	"  --watch              goes on until Ctrl-C\n"
	"  --state DIR          the node's state directory\n"
	"  --contract FILE      its contract, if that is not DIR/contract\n"
	"  --help, --version\n"
	"\n"
	"Exit codes: 0 good, 1 warning, 2 failing or nobody answers, 64 wrong usage.\n"
	"\n"
	"Examples:\n"
	"  smi status               what is wrong?\n"
	"  smi devices --watch      which appliance is it?\n"
	"  smi --node kettle ledger head --json\n"
	"  smi ledger verify --state /var/lib/smi-hub\n"
	"  smi snapshot >home.json  for a report, or for smi-panel --snapshot home.json\n";

enum smi_exit smi_fail(const char *format, ...)
{
	va_list arguments;

	(void)fputs("smi: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return SMI_FAILING;
}

_printf_(1, 2) static enum smi_exit fail_usage(const char *format, ...)
{
	va_list arguments;

	(void)fputs("smi: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputs("; see smi --help\n", stderr);
	return SMI_USAGE;
}

/** The verb that the words name; *ret_words is how many of them it took. */
static const struct verb *verb_find(char *const *words, int count, int *ret_words)
{
	for (size_t index = 0; index < sizeof(verbs) / sizeof(verbs[0]); index++) {
		const struct verb *verb = &verbs[index];

		if (strcmp(words[0], verb->first) != 0)
			continue;
		if (verb->second && (count < 2 || strcmp(words[1], verb->second) != 0))
			continue;
		*ret_words = verb->second ? 2 : 1;
		return verb;
	}
	return NULL;
}

/** The name before one of these options, if the verb does not take it. */
static const char *unwanted_option(const struct verb *verb, const struct smi_options *options)
{
	if (options->is_watch && !(verb->options & TAKES_WATCH))
		return "watch";
	if (options->state && !(verb->options & TAKES_STATE))
		return "state";
	if (options->contract && !options->state)
		return "contract without --state";
	if (options->node && (!(verb->options & TAKES_NODE) || options->state))
		return "node";
	return NULL;
}

static enum smi_exit run(char *const *words, int count, struct smi_options *options)
{
	const struct verb *verb;
	const char *unwanted;
	int taken;

	if (count == 0)
		return fail_usage("which verb?");
	verb = verb_find(words, count, &taken);
	if (!verb)
		return fail_usage("there is no verb '%s%s%s'", words[0], count > 1 ? " " : "",
				  count > 1 ? words[1] : "");
	if (verb->argument && count == taken)
		return fail_usage("%s %s: %s is missing", verb->first, verb->second,
				  verb->argument);
	if (count > taken + (verb->argument ? 1 : 0))
		return fail_usage("'%s' is one word too many", words[count - 1]);
	unwanted = unwanted_option(verb, options);
	if (unwanted)
		return fail_usage("%s%s%s: takes no --%s", verb->first, verb->second ? " " : "",
				  verb->second ? verb->second : "", unwanted);
	options->argument = verb->argument ? words[taken] : NULL;
	return verb->run(options);
}

int main(int count, char **arguments)
{
	enum { NODE = 256, JSON, WATCH, STATE, CONTRACT, HELP_TEXT, VERSION };
	static const struct option options_known[] = {
		{"node", required_argument, NULL, NODE},
		{"json", no_argument, NULL, JSON},
		{"watch", no_argument, NULL, WATCH},
		{"state", required_argument, NULL, STATE},
		{"contract", required_argument, NULL, CONTRACT},
		{"help", no_argument, NULL, HELP_TEXT},
		{"version", no_argument, NULL, VERSION},
		{0},
	};
	struct smi_options options = {0};
	enum smi_exit code;
	int option;

	(void)setlocale(LC_CTYPE, "");
	while ((option = getopt_long(count, arguments, "h", options_known, NULL)) != -1) {
		switch (option) {
		case NODE:
			options.node = optarg;
			break;
		case JSON:
			options.is_json = true;
			break;
		case WATCH:
			options.is_watch = true;
			break;
		case STATE:
			options.state = optarg;
			break;
		case CONTRACT:
			options.contract = optarg;
			break;
		case 'h':
		case HELP_TEXT:
			(void)fputs(HELP, stdout);
			return SMI_GOOD;
		case VERSION:
			(void)puts("smi " SMI_VERSION);
			return SMI_GOOD;
		default:
			(void)fputs("See smi --help\n", stderr);
			return SMI_USAGE;
		}
	}
	code = run(arguments + optind, count - optind, &options);
	/* What was printed and did not arrive was not said: a full disk, a closed pipe. */
	if (fflush(stdout) != 0 || ferror(stdout))
		code = smi_fail("cannot write the answer");
	return (int)code;
}
