#!/bin/sh
# The example sops-secrets, by Debian's age; SOPS is not in Debian, so what is called of it, by a stand-in.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs age curl python3

# secrets: a stand-in of both services, a key, and the secrets in plain in secrets.env.
secrets() {
	stand_in
	export XDG_CONFIG_HOME="$TRASH/my settings"
	mkdir -p "$XDG_CONFIG_HOME/sops/age"
	age-keygen -o "$XDG_CONFIG_HOME/sops/age/keys.txt" 2>/dev/null
	example sops-secrets
	sed -e "s,https://[a-z.]*,$stand_in_url," -e 's,abc,s3cret,' secrets.env.example >secrets.env
}

# encrypt FILE: secrets.env by age; it is committed then.
encrypt() {
	age -r "$(age-keygen -y "$XDG_CONFIG_HOME/sops/age/keys.txt")" -o "$1" secrets.env
	commit 'secrets'
}

it 'secrets are decrypted and used, and nowhere to be seen' <<'EOT'
secrets
encrypt secrets.env.age
git jci run main
same 'PUT /upload/site.tar.gz
POST /bot123456:s3cret/sendMessage' "$(requests)"
contains "$stand_in/1" 'Authorization: Bearer s3cret'
the_file site.tar.gz | cmp - "$stand_in/1.body"
contains "$stand_in/2.body" 'text=published'
contains "$stand_in/2.body" 'chat_id=-1001234'
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" '5 of them'
lacks "$TRASH/log" s3cret
same '' "$(git grep -l s3cret "$(the_ref)" || :)"
same '' "$(git ls-files secrets.env)"
EOT

it 'so they are by sops' <<'EOT'
secrets
encrypt secrets.sops.env
mkdir "$TRASH/bin"
cat >"$TRASH/bin/sops" <<'SH'
#!/bin/sh
test "$*" = '--decrypt --input-type dotenv --output-type dotenv secrets.sops.env' || exit 2
exec age --decrypt --identity "$SOPS_AGE_KEY_FILE" secrets.sops.env
SH
chmod +x "$TRASH/bin/sops"
PATH=$TRASH/bin:$PATH
git jci run main
contains "$stand_in/1" 'Authorization: Bearer s3cret'
EOT

it 'a refused upload is told, and the run is red' <<'EOT'
secrets
encrypt secrets.env.age
printf 'HTTP 403\n\nno' | answer PUT /upload/site.tar.gz
expect_exit 1 git jci run main
contains "$stand_in/2.body" text=NOT
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" 'error: it was not published'
lacks "$TRASH/log" s3cret
EOT

it 'other branches need no key, and publish nothing' <<'EOT'
secrets
encrypt secrets.env.age
git checkout -q -b topic
rm "$XDG_CONFIG_HOME/sops/age/keys.txt"
git jci run topic
same '' "$(requests)"
expect_exit 1 git jci run main
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" "error: there is no key in '$XDG_CONFIG_HOME/sops/age/keys.txt'"
EOT

finish
