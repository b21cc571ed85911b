package dev.packtrain.pipeline.sample;

import dev.packtrain.pipeline.sample.Language.Feature;
import dev.packtrain.pipeline.sample.Language.Garment;
import java.util.ArrayList;
import java.util.List;

/** Chinese words and sentences about clothes. */
final class ChineseFashion {
    private static final Feature MATERIAL = new Feature(
            "材质",
            List.of("棉", "亚麻", "真丝", "羊毛", "羊绒", "雪纺", "牛仔布", "灯芯绒", "天丝", "醋酸", "莫代尔", "针织", "蕾丝", "聚酯纤维"),
            List.of(
                    "精选{value}面料，触感柔和，贴身穿也没有负担。",
                    "{value}的质地透气亲肤，久穿依然舒适。",
                    "采用{value}材质，垂感自然，打理起来十分省心。",
                    "面料选用{value}，细腻有光泽，洗后也不易变形。"));
    private static final Feature COLOR = new Feature(
            "颜色",
            List.of("白色", "黑色", "米色", "灰色", "藏青色", "酒红色", "墨绿色", "焦糖色", "浅蓝色", "藕粉色", "姜黄色", "卡其色", "雾霾蓝", "奶咖色"),
            List.of(
                    "{value}的配色干净耐看，很衬肤色。",
                    "经典的{value}百搭不挑人，四季都能穿。",
                    "一抹{value}温柔又显白，让整体造型更有层次。",
                    "以{value}为主色，低调之中透出好品味。"));
    private static final Feature STYLE = new Feature(
            "风格",
            List.of("简约", "复古", "文艺", "通勤", "休闲", "甜美", "街头", "运动", "法式", "森系", "中性", "学院", "轻奢", "田园"),
            List.of(
                    "{value}风格的设计，随手一搭就很出彩。",
                    "整体走{value}路线，不经意间流露个人态度。",
                    "浓浓的{value}气息，适合喜欢与众不同的你。",
                    "将{value}元素融入细节，耐看而不张扬。"));
    private static final Feature PATTERN = new Feature(
            "图案",
            List.of("纯色", "条纹", "格子", "波点", "碎花", "刺绣", "字母", "几何", "扎染", "卡通", "植物", "渐变", "拼色", "手绘"),
            List.of(
                    "{value}图案点缀其间，为造型添了几分趣味。",
                    "别致的{value}设计打破单调，让人眼前一亮。",
                    "{value}元素排布得疏密有致，灵动又不杂乱。",
                    "衣身上的{value}清新耐看，越看越有味道。"));
    private static final Feature FIT = new Feature(
            "版型",
            List.of("宽松", "修身", "直筒", "合体", "廓形", "显瘦"),
            List.of("{value}的版型包容度高，轻松修饰身形。", "剪裁为{value}版型，行动自如，线条利落。", "{value}的轮廓恰到好处，藏肉又显高。"));
    private static final Feature COLLAR = new Feature(
            "衣领型",
            List.of("圆领", "翻领", "立领", "方领", "连帽", "娃娃领", "西装领", "半高领", "一字领"),
            List.of("{value}的设计修饰颈部，显得脸型更小巧。", "领口做成{value}，简单利落，方便叠穿。", "{value}线条流畅，露出迷人的锁骨。"));
    private static final Feature SLEEVE = new Feature(
            "衣袖型",
            List.of("灯笼袖", "泡泡袖", "喇叭袖", "落肩袖", "蝙蝠袖", "插肩袖", "荷叶袖"),
            List.of("{value}巧妙遮住手臂的赘肉，举手投足都很优雅。", "加入{value}，灵动飘逸，更显俏皮。", "袖子是{value}，松紧得宜，穿脱方便。"));
    private static final Feature DETAIL = new Feature(
            "衣款式",
            List.of("口袋", "抽绳", "拼接", "纽扣", "流苏", "系带", "开衩", "镂空", "拉链", "褶皱"),
            List.of("{value}的细节实用又美观，足见用心。", "特别加入{value}，丰富了视觉层次。", "{value}处理得干净精致，提升了整体质感。"));
    private static final Feature SKIRT_LENGTH = new Feature(
            "裙长",
            List.of("短裙", "中长裙", "长裙", "半身裙", "连衣裙"),
            List.of("{value}的长度恰好修饰腿部，走起路来摇曳生姿。", "{value}的款式优雅大方，约会上班都合适。", "选择{value}的长度，小个子也能轻松驾驭。"));
    private static final Feature SKIRT_SHAPE = new Feature(
            "裙型",
            List.of("百褶", "鱼尾", "伞形", "直筒裙", "蓬蓬裙", "背带裙", "包臀裙"),
            List.of("{value}的裙摆富有动感，转身之间尽是风情。", "{value}勾勒出好看的曲线，显瘦效果出众。", "{value}的轮廓轻盈俏皮，减龄感十足。"));
    private static final Feature WAIST = new Feature(
            "腰型",
            List.of("高腰", "中腰", "松紧腰", "收腰", "系带腰"),
            List.of("{value}设计拉长身材比例，腿长从这里开始。", "腰部为{value}，贴合腰线又不勒身。", "{value}的处理让腰身更纤细，坐下也不紧绷。"));
    private static final Feature TROUSER_LENGTH = new Feature(
            "裤长",
            List.of("短裤", "五分裤", "七分裤", "九分裤", "长裤"),
            List.of("{value}的长度刚刚好，露出脚踝更显轻盈。", "做成{value}，搭配什么鞋子都好看。", "{value}的剪裁利落，拉长腿部线条。"));
    private static final Feature TROUSER_SHAPE = new Feature(
            "裤型",
            List.of("阔腿裤", "小脚裤", "哈伦裤", "喇叭裤", "工装裤", "烟管裤"),
            List.of("{value}的裤型遮住腿部的小缺点，怎么穿都自在。", "{value}走路带风，气场十足。", "{value}对腿型很友好，舒适与时髦兼得。"));

    static final Language LANGUAGE = new Language(
            "类型",
            List.of(
                    new Garment("上衣", List.of("衬衫", "卫衣", "毛衣", "T恤", "针织衫"), with(COLLAR, SLEEVE, DETAIL)),
                    new Garment("外套", List.of("风衣", "夹克", "大衣", "西装", "开衫"), with(COLLAR, SLEEVE, DETAIL)),
                    new Garment("裙", List.of("裙子", "小裙", "裙装"), with(SKIRT_LENGTH, SKIRT_SHAPE, WAIST, DETAIL)),
                    new Garment("裤", List.of("裤子", "裤装"), with(TROUSER_LENGTH, TROUSER_SHAPE, WAIST, DETAIL))),
            List.of(
                    "这款{garment}一上身就让人心动。",
                    "换季少不了这样一件{garment}。",
                    "想要轻松穿出好气质，不妨试试这件{garment}。",
                    "衣橱里值得常备的{garment}。",
                    "好看的{garment}总能让一天从好心情开始。",
                    "这件{garment}把日常穿出了新意。"),
            List.of(
                    "无论上班还是出游，这件{garment}都能从容应对。",
                    "搭一双小白鞋，{garment}立刻活泼起来。",
                    "喜欢的话，就把这件{garment}带回家吧。",
                    "简单的{garment}，也有不简单的美。",
                    "做工细致，走线平整，{garment}的品质看得见。",
                    "约上好友出门，穿它拍照也很上镜。"),
            "");

    private ChineseFashion() {}

    private static List<Feature> with(Feature... own) {
        List<Feature> features = new ArrayList<>(List.of(MATERIAL, COLOR, STYLE, PATTERN, FIT));
        features.addAll(List.of(own));
        return List.copyOf(features);
    }
}
