#!/bin/sh
# Answers with a greeting.
printf '{"text": "%s"}\n' "$(../../libs/words/greeting.sh "$1")"
