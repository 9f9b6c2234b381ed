"""Accounts and roles: made and given by 管理员, who can't give more than the roles, nor to themselves."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_variables

from ..accounts import agreement, names, passwords
from ..accounts.events import record
from ..accounts.roles import AUDITOR, MANAGER, PROVINCE, ROLES
from ..accounts.sessions import reset
from ..models import AccountRequest, EventKind, Official, Province, SecurityEvent, is_drafted
from ..models.history import MOST_DIGITS
from .fields import SelectSome
from .permissions import Choices, ReadOnlyAdmin, ScopedAdmin

for model_class in (EmailAddress, Authenticator, Group, User):  # no addresses are used; secrets are nobody's to read
    admin.site.unregister(model_class)


ALONE = "这要两位管理员：一位提出，另一位同意。现在没有别的管理员，请运维人员在服务器上运行 reset_official 。"


class RoleChoices(Choices):
    """The roles, each with what it can do."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, group: Group) -> str:
        return f"{group.name}：{ROLES[group.name].description}"


class PersonForm(forms.ModelForm):
    """An account with its roles and provinces: no permission, no 超级用户, no password to type.

    Rights may have to wait for another 管理员 (`waits`); what else was changed is saved at once.
    """

    RIGHTS = ("roles", "provinces", "is_active")
    actor: Any  # who fills it in
    waits = False
    roles = RoleChoices(Group.objects.filter(name__in=ROLES), label="角色", required=False)
    provinces = Choices(
        Province.objects.all(),
        label="负责的省级单位",
        required=False,
        widget=SelectSome(spare=1),
        help_text=Official._meta.get_field("provinces").help_text,
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "email", "is_active")
        labels = {"first_name": "姓名", "email": "邮箱", "is_active": "启用"}
        help_texts = {
            "email": "可不填。有新的建议、纠错等本人处理时，每夜至多一封信；不公开，不用来登录。",
            "is_active": "取消即停用：立即退出所有登录，不能再登录。账号不删除，所留的痕迹仍在。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.setdefault("roles", list(self.instance.groups.filter(name__in=ROLES)))
            self.initial.setdefault("provinces", list(Official.objects.of(self.instance).provinces.all()))
            # Under another name its owner couldn't sign in, and who is asked to agree would ask another.
            if "username" in self.fields and not self.actor.is_superuser:
                self.fields["username"].disabled = True
                self.fields["username"].help_text = "定后不改；写错了的，停用后另建账号。"

    def clean_username(self) -> str:
        name = self.cleaned_data["username"]
        if problem := names.objection(name, self.instance.pk or 0):
            raise forms.ValidationError(problem)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: Any = super().clean()
        names = {group.name for group in cleaned.get("roles") or ()}
        if PROVINCE in names and not cleaned.get("provinces"):
            self.add_error("provinces", f"{PROVINCE}须指定至少一个省级单位。")
        if AUDITOR in names and len(names) > 1:
            self.add_error("roles", f"{AUDITOR}不兼任其他角色：所查的也包括他们。")
        is_new = not self.instance.pk
        if not self.errors and (is_new or set(self.RIGHTS) & set(self.changed_data)):
            is_opened = not is_new and cleaned["is_active"] and not self.initial["is_active"]
            more = [{*(cleaned[name] or ())} - {*self.initial.get(name, ())} for name in ("roles", "provinces")]
            self.waits = agreement.rights_wait(self.actor, self.instance, bool(is_new or any(more) or is_opened))
            if self.waits and not agreement.has_second(self.actor, self.instance):
                self.add_error(None, ALONE)
        return cleaned

    def differences(self, of_rights: bool | None = None) -> str:
        """Return what was changed, from what to what; of the rights, or of the rest, alone."""
        pairs = [
            (name, self.get_initial_for_field(self.fields[name], name))
            for name in self.changed_data
            if of_rights in (None, name in self.RIGHTS)
        ]
        return "；".join(
            f"{self.fields[name].label}：{_words(before)} → {_words(self.cleaned_data[name])}"
            for name, before in pairs
        )

    def rights(self) -> dict[str, Any]:
        """Return the rights as they were filled in, to be given later; a new account is opened."""
        return {
            "roles": [group.name for group in self.cleaned_data["roles"]],
            "provinces": [unit.slug for unit in self.cleaned_data["provinces"]],
            "is_active": self.cleaned_data.get("is_active", True),
        }


@admin.register(User)
class PersonAdmin(ScopedAdmin):
    form = PersonForm
    list_display = ("username", "first_name", "roles", "provinces", "is_active", "last_login", "waiting")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "first_name")
    ordering = ("username",)
    fields = ("username", "first_name", "email", "roles", "provinces", "is_active")
    change_form_template = "admin/auth/user/change_form.html"

    @admin.display(description="角色")
    def roles(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        return "、".join(["超级用户"] * user.is_superuser + names) or "—"

    @admin.display(description="负责的省级单位")
    def provinces(self, user: User) -> str:
        official = getattr(user, "official", None)
        return "、".join(unit.short_name for unit in official.provinces.all()) if official else ""

    @admin.display(description="待同意")
    def waiting(self, user: User) -> str:
        count = len(user.requests.all())
        address = reverse("admin:auth_user_agree", args=[user.pk])
        return format_html('<a href="{}">{} 项变更待同意</a>', address, count) if count else ""

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = request.user
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Every account for superusers; for others those that hold nothing but roles."""
        people = super().get_queryset(request).select_related("official").prefetch_related("groups")
        people = people.prefetch_related("official__provinces", Prefetch("requests", agreement.waiting()))
        return people if request.user.is_superuser else people.filter(pk__in=agreement.holding_roles_only())

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.fields if obj else tuple(name for name in self.fields if name != "is_active")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_view_permission(request, obj):
            return False
        is_any = obj is None or request.user.is_superuser
        return is_any or agreement.holding_roles_only().filter(pk=obj.pk).exists()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes their own account here: no role can be given to oneself, nor the last one lost."""
        is_own = obj is not None and obj.pk == request.user.pk
        return super().has_change_permission(request, obj) and not is_own and self.has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Accounts are deactivated: what they did stays theirs."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save one account after the other: names are compared with those that are there, in whatever case."""
        with transaction.atomic():
            if request.method == "POST":
                Group.objects.select_for_update().get(name=MANAGER)
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: PersonForm, change: bool) -> None:
        if form.waits:
            obj.is_active = form.initial.get("is_active", False)
        if not change:
            vars(request)["one_time"] = one_time = passwords.one_time()
            obj.set_password(None if form.waits else one_time)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: PersonForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        person, detail = form.instance, f"{'' if change else '建立账号；'}{form.differences()}"
        if {"username", "first_name"} & {*form.changed_data}:
            agreement.waiting(person).delete()  # it was asked of somebody of another name
        if form.waits:
            pending = form.differences(of_rights=True) if change else detail
            half = agreement.ask(request, person, pending, has_password=not change, rights=form.rights())
            vars(request)["one_time"] = half
            messages.warning(request, "角色、省份、启用的改动，待另一位管理员同意后生效。")
            detail = form.differences(of_rights=False) if change else ""
        elif {*form.RIGHTS} & {*form.changed_data} or not change:
            agreement.give(person, form.cleaned_data["roles"], form.cleaned_data["provinces"])
        if detail:
            record(EventKind.RIGHTS, request, person, detail=detail)
        if not change:
            Official.objects.filter(user=person).update(must_change_password=True)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        if form.waits:
            now, later = (form.differences(of_rights=is_of_rights) for is_of_rights in (False, True))
            return "；".join(filter(None, (now, later and f"待另一位管理员同意：{later}")))
        return form.differences() or super().construct_change_message(request, form, formsets, add)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Show the one-time password in the answer itself: neither a cookie nor a session gets to hold it."""
        password = vars(request)["one_time"]
        half = "前" if password and len(password) == agreement.HALF else ""
        return self._show(request, obj, "账号已建立", password, half)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/reset/", view(self.reset_view), name="auth_user_reset"),
            path("<path:object_id>/agree/", view(self.agree_view), name="auth_user_agree"),
            *super().get_urls(),
        ]

    @sensitive_variables("password")
    def reset_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then give the account a new one-time password and, if asked to, take its second step away."""
        person = self._person(request, object_id)
        without = "second_step" in request.POST
        waits = agreement.reset_waits(request.user, person, without)
        problem = ALONE if waits and not agreement.has_second(request.user, person) else ""
        if request.method != "POST" or problem:
            context = {"title": f"重置密码：{person}", "problem": problem}
            return self._page(request, person, "admin/auth/user/reset.html", **context)
        detail = "重置密码并解除两步验证。" if without else "重置密码。"
        with transaction.atomic():
            if waits:
                values = {"has_password": True, "removes_second_step": without}
                password = agreement.ask(request, person, detail.rstrip("。"), **values)
                self.log_change(request, person, f"待另一位管理员同意：{detail}")
                return self._show(request, person, "待另一位管理员同意", password, "前")
            password = reset(person, keeps_second_step=not without, request=request)
            self.log_change(request, person, detail)
        return self._show(request, person, "密码已重置", password)

    @sensitive_variables("half")
    def agree_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what waits of an account; do it, or drop it. Nobody agrees to what they asked themselves."""
        person = self._person(request, object_id)
        if request.method != "POST":
            context = {"title": f"待同意：{person}", "requests": agreement.waiting(person)}
            return self._page(request, person, "admin/auth/user/agree.html", **context)
        with transaction.atomic():
            list(AccountRequest.objects.select_for_update().filter(person=person))  # one decides at a time
            pending = get_object_or_404(agreement.waiting(person), pk=_number(request.POST.get("asked", "")))
            if "agree" not in request.POST:
                agreement.decline(request, pending)
                messages.success(request, f"没有同意：{pending.detail}")
                return redirect("admin:auth_user_change", person.pk)
            if pending.asked_by == request.user:
                raise PermissionDenied
            half = agreement.agree(request, pending)
            self.log_change(request, person, f"{pending.detail}（{pending.asked_by} 提出）")
        messages.success(request, f"已同意：{pending.detail}")
        if half:
            return self._show(request, person, "已同意", half, "后")
        return redirect("admin:auth_user_change", person.pk)

    def _person(self, request: HttpRequest, object_id: str) -> User:
        person = get_object_or_404(self.get_queryset(request), pk=_number(unquote(object_id)))
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        return person

    def _show(self, request: HttpRequest, person: User, title: str, password: str, half: str = "") -> HttpResponse:
        context = {"title": title, "password": password, "half": half}
        return self._page(request, person, "admin/auth/user/one_time.html", **context)

    def _page(self, request: HttpRequest, person: User, template: str, **context: Any) -> HttpResponse:
        about = {"person": person, "opts": self.opts}
        return TemplateResponse(request, template, self.admin_site.each_context(request) | about | context)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """The roles, to read: what they may do is the program's to say, and the same on every site."""

    list_display = ("name", "description", "people")
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("user_set")

    @admin.display(description="可以做什么")
    def description(self, group: Group) -> str:
        return ROLES[group.name].description if group.name in ROLES else "本站未定义的组。"

    @admin.display(description="启用的账号")
    def people(self, group: Group) -> int:
        return sum(user.is_active for user in group.user_set.all())

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return ("name", "description", "people")


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    """Security events, for 安全审计员 to read and for nobody to write."""

    list_display = ("at", "kind", "name", "actor", "remote_addr", "detail")
    fields = ("at", "kind", "name", "by", "remote_addr", "detail")  # no links to accounts, which auditors don't see
    list_filter = ("kind", "at", "person", "actor")
    list_select_related = ("actor",)
    list_per_page = 50
    search_fields = ("name", "remote_addr", "detail")
    search_help_text = "查用户名（登录失败的，是所填的）、网络地址、详情。"
    date_hierarchy = "at"
    ordering = ("-at", "-pk")

    @admin.display(description="操作者")
    def by(self, event: SecurityEvent) -> str:
        return str(event.actor or "没有：在登录以前，或由运维命令")


def _words(value: Any) -> str:
    """Return what a field of an account holds, in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) or "无" if isinstance(value, list | QuerySet) else str(value or "无")


def _number(text: str) -> int:
    """Return a primary key from an address; 404 for anything that isn't a number."""
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise Http404
    return int(text)


def view_on_site(request: HttpRequest, content_type_id: int, object_id: str) -> HttpResponse:
    """Lead from a row in the admin to its public page; 404 for drafts, and what the person doesn't see."""
    model = get_object_or_404(ContentType, pk=content_type_id).model_class()
    options = admin.site._registry.get(model) if model else None
    row: Any = options.get_object(request, unquote(object_id)) if options else None
    if not options or not hasattr(row, "get_absolute_url") or not options.has_view_permission(request, row):
        raise Http404
    if is_drafted(row):  # nobody is led to a page that isn't there
        raise Http404
    return HttpResponseRedirect(row.get_absolute_url())
